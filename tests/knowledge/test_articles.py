"""Articles in the database: a wording is never changed, and the best one is served."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.database import Database
from core.themes import Handling, Theme
from knowledge.articles import (
    ArticleView,
    Served,
    SourceView,
    add_translation_file,
    publish_file,
    published,
    published_slugs,
)
from knowledge.files import read_article, read_translation
from knowledge.models import STARTER_AUTHOR, Article, Revision
from knowledge.search import search
from tests.knowledge.conftest import SENTENCE, Desk

#: The body of a newer wording.
NEWER = "You can buy a bus ticket in the app or at the shop on the corner. " * 8


def _publish(session: Session, desk: Desk, author: str = STARTER_AUTHOR, **change: str) -> bool:
    return publish_file(session, read_article(desk.article(**change)), author)


def _translate(session: Session, desk: Desk, **change: str) -> bool:
    return add_translation_file(session, read_translation(desk.translation(**change)), STARTER_AUTHOR)


def _served(session: Session, locale: str = "pl") -> ArticleView:
    view = published(session, "bus-tickets", locale)
    assert view is not None
    return view


def test_a_published_article_is_served_with_everything_a_person_needs(empty_database: Database, desk: Desk) -> None:
    with empty_database.write() as session:
        assert _publish(session, desk)
    with empty_database.read() as session:
        view = _served(session, "en")

    assert view == ArticleView(
        slug="bus-tickets",
        theme=Theme.COMMUNITY,
        handling=Handling.ANSWER,
        revision=1,
        locale="en",
        state=Served.APPROVED,
        title="Where to buy a bus ticket",
        body=(SENTENCE * 8).strip() + "\n",
        sources=(SourceView("Buses", "https://www.gov.uk/buses"),),
        checked_on=date(2026, 11, 21),
        review_by=date(2027, 5, 21),
    )


def test_the_same_file_is_published_once(empty_database: Database, desk: Desk) -> None:
    with empty_database.write() as session:
        assert [_publish(session, desk) for _ in range(3)] == [True, False, False]
        assert _served(session).revision == 1


def test_a_changed_file_is_a_new_revision_and_the_old_wording_stays(empty_database: Database, desk: Desk) -> None:
    with empty_database.write() as session:
        _publish(session, desk)
        assert _publish(session, desk, body=NEWER, title="Bus tickets")

        assert (_served(session).revision, _served(session).title) == (2, "Bus tickets")
        first = session.scalars(select(Revision).where(Revision.no == 1)).one()
        assert (first.title, first.body) == ("Where to buy a bus ticket", (SENTENCE * 8).strip() + "\n")


def test_the_starter_does_not_replace_what_somebody_else_has_published(empty_database: Database, desk: Desk) -> None:
    with empty_database.write() as session:
        _publish(session, desk)
        assert _publish(session, desk, author="editor-bea", title="Bus tickets in our town")
        assert not _publish(session, desk, title="A newer starter title")

        assert _served(session).title == "Bus tickets in our town"


def test_an_import_by_hand_replaces_the_starter(empty_database: Database, desk: Desk) -> None:
    with empty_database.write() as session:
        _publish(session, desk)

        assert _publish(session, desk, author="import", title="Bus tickets in our town")
        assert _served(session).title == "Bus tickets in our town"


def test_what_was_never_published_or_was_taken_back_is_not_served(empty_database: Database, desk: Desk) -> None:
    with empty_database.write() as session:
        assert published(session, "bus-tickets", "en") is None
        _publish(session, desk)
        assert published_slugs(session) == {"bus-tickets": Theme.COMMUNITY}
        session.scalars(select(Article)).one().published_no = None
        session.flush()

        assert published(session, "bus-tickets", "en") is None
        assert published_slugs(session) == {}


# --- translations -----------------------------------------------------------------------------------------------------


def test_without_a_translation_people_get_the_english_and_are_told(empty_database: Database, desk: Desk) -> None:
    with empty_database.write() as session:
        _publish(session, desk)

        assert (_served(session).locale, _served(session).state) == ("en", Served.ENGLISH_ONLY)


@pytest.mark.parametrize(
    ("wordings", "title", "state"),
    [
        (["unreviewed"], "unreviewed 0", Served.UNREVIEWED),
        (["approved"], "approved 0", Served.APPROVED),
        (["approved", "unreviewed"], "approved 0", Served.APPROVED),
        (["unreviewed", "approved"], "approved 1", Served.APPROVED),
        (["unreviewed", "unreviewed"], "unreviewed 1", Served.UNREVIEWED),
        (["approved", "approved"], "approved 1", Served.APPROVED),
        (["unreviewed", "new english"], "Where to buy a bus ticket", Served.ENGLISH_ONLY),
        (["approved", "new english"], "approved 0", Served.OUTDATED),
        (["approved", "new english", "unreviewed"], "approved 0", Served.OUTDATED),
        (["unreviewed", "new english", "unreviewed"], "unreviewed 2", Served.UNREVIEWED),
        (["approved", "new english", "approved"], "approved 2", Served.APPROVED),
    ],
)
def test_the_best_wording_is_served(
    empty_database: Database, desk: Desk, wordings: list[str], title: str, state: Served
) -> None:
    with empty_database.write() as session:
        _publish(session, desk)
        for at, wording in enumerate(wordings):
            if wording == "new english":
                _publish(session, desk, body=NEWER)
            else:
                assert _translate(session, desk, state=wording, title=f"{wording} {at}")

        view = _served(session)
        assert (view.title, view.state) == (title, state)
        assert view.locale == ("en" if state is Served.ENGLISH_ONLY else "pl")


def test_sources_and_dates_are_those_of_the_english_in_every_language(empty_database: Database, desk: Desk) -> None:
    with empty_database.write() as session:
        _publish(session, desk)
        _translate(session, desk)

        assert _served(session).sources == _served(session, "en").sources
        assert _served(session).review_by == _served(session, "en").review_by


def test_the_same_translation_is_added_once_and_none_without_its_article(empty_database: Database, desk: Desk) -> None:
    with empty_database.write() as session:
        desk.article()
        assert not _translate(session, desk)
        _publish(session, desk)
        assert [_translate(session, desk) for _ in range(2)] == [True, False]


def test_a_translation_of_a_wording_we_do_not_hold_is_not_taken_for_current(
    empty_database: Database, desk: Desk
) -> None:
    with empty_database.write() as session:
        _publish(session, desk)
        assert _translate(session, desk, checksum="0123456789ab")

        assert _served(session).state is Served.ENGLISH_ONLY


def test_what_is_published_can_be_found_at_once_and_what_was_replaced_cannot(
    empty_database: Database, desk: Desk
) -> None:
    with empty_database.write() as session:
        _publish(session, desk)
        assert [each.slug for each in search(session, "phone", "en")] == ["bus-tickets"]
        _publish(session, desk, body=NEWER)

        assert search(session, "phone", "en") == []
        assert [each.slug for each in search(session, "corner shop", "en")] == ["bus-tickets"]
