"""How much of the channel's rate is used, and how evenly."""

from __future__ import annotations

import signal
from itertools import pairwise

from benchmarks.delivery.stage import APP, RATE, announced, happened, sends, staged
from benchmarks.delivery.tables import Row, Scale, Table, most_in_a_second, percentile


async def rate(scale: Scale) -> Table:
    async with staged(APP, str(RATE), people=scale.recipients) as (api, under_test):
        await announced(under_test.db)
        await under_test.start()
        await happened(lambda: len(api.sent) >= scale.recipients, seconds=60 + 3 * scale.recipients / RATE)
        await under_test.signalled(signal.SIGTERM)
        times = [call.at for call in sends(api)]
    uneven = [abs(later - at - 1 / RATE) * 1000 for at, later in pairwise(times)]
    return Table(
        f"Rate: {scale.recipients:,} recipients at {RATE:g} a second, sent by a real process",
        [
            Row("time from the first to the last", times[-1] - times[0], "s"),
            Row("share of the rate that is used", 100 * (len(times) - 1) / (RATE * (times[-1] - times[0])), "%", "≥ 99"),
            Row("most in any one second", most_in_a_second(times), "", "≤ 30"),
            Row("a gap between two differs from 40 ms by, median", percentile(uneven, 50), "ms"),
            Row("a gap between two differs from 40 ms by, 99th percentile", percentile(uneven, 99), "ms"),
        ],
    )
