"""The console: where staff work in a browser. It decides nothing: each button is one call of what chat and command line call.

How a page is added:

1. `pages/<subject>.py`: TEXTS (key → message, with `mark`), a handler a request (`async def show(asked: Asked)`), and PAGE
   with its routes as data: name, method, path, least role, whether the path names something of a commune.
   `asked.look(work)` runs `work(transaction)` on a view that waits for nobody, `asked.act(work)` in one transaction; Refusal,
   and PageRefused(404) for what somebody may not see, are answered for you. `waits` of PAGE is what *Hôm nay* shows of it.
2. One line in the list of `pages/__init__.py`.
3. `templates/<subject>.html` extends layout.html, with the macros of macros.html (`token`, `button`, `field`, `choices`); what
   is alive has an id and `data-live="cases"`: a subject of `change_marks` in bot/stores/records/devices.py, or `proposals`.
4. The messages in both catalogues of locales/.
5. `tests/console/test_<subject>.py`, with `console_house` of tests/console/house.py; a line for each route in MAY of
   tests/console/test_who_may_what.py; a state for axe in tests/browser/test_console.py.
"""
