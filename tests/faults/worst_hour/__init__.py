"""The worst hour: one real `loaban run` on a real file between two stubs, while everything goes wrong that can.

    python -m tests.faults.worst_hour --minutes 60

Residents ask on Telegram and Zalo, officers answer, announcements are made. The process is killed or stopped every few
seconds and begins again by polling or by webhook, at times two at once; vendors throttle, fail and lose answers; the clock
jumps by hours, days and years and back; the disk is full. At the end it is counted what was lost, and every byte that was
written anywhere is searched for what belongs to people.
"""
