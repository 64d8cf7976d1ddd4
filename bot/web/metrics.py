"""Figures for a monitoring system, in a registry of our own. No label says anything about a person.

`/metrics` stands on the same address as the webhooks, so the proxy in front must not pass it on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from bot.errors import SendError, StoreError
from bot.ports import Channel, Figures, Outgoing, SharedState

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)


class Metrics:
    """`figures` is asked at every look, in the thread of whoever looks."""

    def __init__(self, figures: Callable[[], Figures]) -> None:
        self.registry = CollectorRegistry()
        self.updates = Counter("loaban_updates", "Updates that vendors brought.", ["channel"], registry=self.registry)
        self.responses = Counter(
            "loaban_webhook_responses", "Responses to vendors.", ["channel", "status"], registry=self.registry
        )
        self.send_errors = Counter(
            "loaban_send_errors", "Messages that did not go out.", ["channel", "reason"], registry=self.registry
        )
        self._reloads = Counter(
            "loaban_content_reloads", "New content that was taken over or refused.", ["result"], registry=self.registry
        )
        for result in ("ok", "failed"):
            self._reloads.labels(result)
        self._handling = Histogram(
            "loaban_handling_seconds", "Time to store one batch of updates.", buckets=SECONDS, registry=self.registry
        )
        self._pauses = Gauge(
            "loaban_pause_seconds", "Silence a channel still has to keep.", ["channel"], registry=self.registry
        )
        self._leader = Gauge("loaban_leader", "1 where this process sends on a channel.", ["channel"], registry=self.registry)
        self.registry.register(_Stored(figures))

    def took(self, seconds: float) -> None:
        """One batch of updates was handled."""
        self._handling.observe(seconds)

    def reloaded(self, taken: bool) -> None:
        """New content was built: taken over, or refused."""
        self._reloads.labels("ok" if taken else "failed").inc()

    def show_pause(self, channel: str, left: Callable[[], float]) -> None:
        """Show how many seconds of silence are left, see `Pause.left`."""
        self._pauses.labels(channel).set_function(left)

    def show_lead(self, channel: str, leads: Callable[[], bool]) -> None:
        """Show whether this is the process that sends."""
        self._leader.labels(channel).set_function(lambda: float(leads()))

    def show_shared(self, state: Callable[[], SharedState | None]) -> None:
        """Show of a store that replicas share how long transactions take, and how many wait."""
        self.registry.register(_Shared(state))

    def show_open(self, pages: Callable[[], int]) -> None:
        """Show how many pages of residents are open."""
        Gauge("loaban_open_pages", "Pages of residents that wait for news.", registry=self.registry).set_function(pages)

    def counting_errors(self, channel: Channel) -> Channel:
        """The same channel to whoever sends; what it raises is counted."""
        return _Counting(channel, self.send_errors)

    def exposition(self) -> bytes:
        """In the text format of Prometheus. May wait for the store."""
        return generate_latest(self.registry)


class _Counting:
    def __init__(self, channel: Channel, errors: Counter) -> None:
        self.name = channel.name
        self.capabilities = channel.capabilities
        self._channel = channel
        self._errors = errors

    async def send(self, outgoing: Outgoing) -> str:
        try:
            return await self._channel.send(outgoing)
        except SendError as error:
            self._errors.labels(self.name, error.reason).inc()
            raise
        except Exception:
            self._errors.labels(self.name, "bug").inc()
            raise


class _Stored(Collector):
    """What stands in the store. Outcomes are those of today: to Prometheus a counter that starts anew at midnight, UTC."""

    def __init__(self, figures: Callable[[], Figures]) -> None:
        self._figures = figures

    def describe(self) -> Iterator[Metric]:
        yield CounterMetricFamily("loaban_outcomes", "Answered messages of today, by kind.", labels=["channel", "kind"])
        yield GaugeMetricFamily("loaban_outbox", "What waits to be sent.", labels=["state"])
        yield GaugeMetricFamily("loaban_set_aside", "What nobody could handle, in the last 90 days.", labels=["kind"])

    def collect(self) -> Iterator[Metric]:
        try:
            figures = self._figures()
        except StoreError:  # the other figures are wanted just then
            return
        outcomes, outbox, set_aside = self.describe()
        for (channel, kind), n in sorted(figures.outcomes.items()):
            outcomes.add_sample("loaban_outcomes_total", {"channel": channel, "kind": kind}, n)
        for state, n in sorted(figures.outbox.items()):
            outbox.add_sample("loaban_outbox", {"state": state}, n)
        for kind, n in sorted(figures.set_aside.items()):
            set_aside.add_sample("loaban_set_aside", {"kind": kind}, n)
        yield outcomes
        yield outbox
        yield set_aside


class _Shared(Collector):
    """What one replica sees of the store."""

    def __init__(self, state: Callable[[], SharedState | None]) -> None:
        self._state = state

    def describe(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("loaban_db_waiting", "Threads that wait for a connection to the database.")
        yield SummaryMetricFamily("loaban_db_seconds", "Time of a transaction, the waiting for its turn included.")

    def collect(self) -> Iterator[Metric]:
        try:
            state = self._state()
        except StoreError:
            return
        if state is None:
            return
        waiting, seconds = self.describe()
        waiting.add_sample("loaban_db_waiting", {}, state.waiting)
        for name, value in zip(("count", "sum"), state.transactions, strict=True):
            seconds.add_sample(f"loaban_db_seconds_{name}", {}, value)
        yield waiting
        yield seconds
