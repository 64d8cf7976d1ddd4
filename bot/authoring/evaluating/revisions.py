"""From folders to measurements: the content is built (or found in the cache) and measured."""

from __future__ import annotations

from bot.authoring.evaluating.comparing import Comparison, compare
from bot.authoring.evaluating.git_content import content_at
from bot.authoring.evaluating.measuring import EvaluationSet, Measurement, measure
from bot.engine import build_engine
from bot.errors import ContentError, Refusal, SettingsError
from bot.i18n import mark
from bot.knowledge.load import content_version
from bot.settings import Settings


def measure_home(settings: Settings, evaluation_set: EvaluationSet) -> Measurement:
    """The content of `settings.home`, measured. Raises ContentError and SettingsError where it cannot be used."""
    return measure(build_engine(settings), evaluation_set)


def compare_with_revision(settings: Settings, revision: str, evaluation_set: EvaluationSet) -> Comparison | None:
    """The content of `settings.home` against the same folders at a revision of git; None, at once, where no byte differs.

    Both are built with today's code and held against the same material. Raises Refusal where git cannot give the revision
    or its content cannot be used, ContentError and SettingsError where that of `settings.home` cannot.
    """
    with content_at(settings.home, revision) as folder:
        if content_version(folder) == content_version(settings.home):
            return None
        after = measure_home(settings, evaluation_set)
        try:
            before = measure_home(settings.model_copy(update={"home": folder}), evaluation_set)
        except (ContentError, SettingsError) as error:
            reason = error.problems[0] if isinstance(error, ContentError) else error
            raise Refusal(
                mark("the content of the revision “{revision}” cannot be used now: {reason}; choose another revision"),
                revision=revision,
                reason=reason,
            ) from error
    return compare(before, after)
