"""Changes of the content that wait for a second person: written apart from what is live, proved there, then taken as one.

Nobody edits live content from the console. A proposal is a few steps (`steps`), done in a tree of its own (`grounds`): a branch
of git with a work tree, or a copy of the folders where the content is no checkout. `check` and `evaluate` run there in a
process of their own (`proving`, `child`). Taking it is one commit on top of what is live, or nothing (`workbench`).
"""
