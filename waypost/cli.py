"""The command line. Exit codes: 0 ok, 1 failed, 2 bad usage; an error is one line on standard error."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy.exc import OperationalError

from core.errors import SettingsError, WaypostError
from core.logging import configure_logging
from core.settings import Settings, load_settings

Command = Callable[[argparse.Namespace, Settings], int]


_Commands = Any  # argparse's type for this is private


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message} (see {self.prog} --help)", file=sys.stderr)
        raise SystemExit(2)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = _parser().parse_args(argv)
    try:
        settings = load_settings(port=getattr(arguments, "port", None), host=getattr(arguments, "host", None))
        configure_logging(settings.log_level)
        run: Command = arguments.run
        return run(arguments, settings)
    except SettingsError as wrong:
        print(f"waypost: {wrong}", file=sys.stderr)
        return 2
    except WaypostError as wrong:
        print(f"waypost: {wrong}", file=sys.stderr)
        return 1
    except OperationalError:
        print("waypost: the database does not answer, or refuses the address in WAYPOST_DATABASE_URL", file=sys.stderr)
        return 1
    except OSError as wrong:
        if isinstance(wrong, BrokenPipeError):
            return _nobody_reads()
        print(f"waypost: {wrong.strerror}: {wrong.filename or 'a file'}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _nobody_reads() -> int:
    """The reader of our output has gone; there is nobody to tell."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="waypost", description="Cited answers for people new to the UK, and a person when that is safer."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)

    serve = _command(commands, "serve", _serve, "serve web chat, webhooks and the API")
    serve.add_argument("--host", help="address to listen on (WAYPOST_HOST)")
    serve.add_argument("--port", type=int, help="port to listen on (WAYPOST_PORT)")
    serve.add_argument("--demo", action="store_true", help="make a key and a demo adviser; loopback only")

    _command(commands, "telegram", _telegram, "fetch messages from Telegram by long polling, without the web server")
    chat = _command(commands, "chat", _chat, "talk to the bot in the terminal; nothing is kept")
    chat.add_argument("--language", help="language of your device, such as pl")
    chat.add_argument("--trace", action="store_true", help="show why each answer came")
    ask = _command(commands, "ask", _ask, "ask one question, or many as JSON lines; nothing is kept")
    ask.add_argument("text", nargs="?", help="the question")
    ask.add_argument("--jsonl", action="store_true", help="read JSON lines from standard input, write one for each")

    _command(commands, "setup", _setup, "make the database, load the starter articles, train the understanding")
    _command(commands, "check", _check, "look whether everything is in order; never prints a secret")
    _command(commands, "key", _key, "print a fresh key for WAYPOST_SECRET_KEYS")
    _command(commands, "rotate-keys", _rotate, "seal everything stored with the first of WAYPOST_SECRET_KEYS")

    staff = _group(commands, "staff", "the people who answer cases and keep articles")
    add = _command(staff, "add", _staff_add, "add a member of staff")
    add.add_argument("name")
    add.add_argument("--role", choices=["adviser", "editor", "manager"], default="adviser")
    add.add_argument(
        "--iaa-level", type=int, choices=range(4), default=0, help="level with the Immigration Advice Authority"
    )
    _command(staff, "list", _staff_list, "list everyone")
    _command(staff, "disable", _staff_disable, "stop a member of staff and their tokens").add_argument("name")

    token = _group(commands, "token", "bearer tokens for the API")
    create = _command(token, "create", _token_create, "make a token and print it once, as the last word")
    create.add_argument("--scope", action="append", required=True, help="what it may do; repeat for more")
    create.add_argument("--name", required=True, help="name of the member of staff it acts as")
    create.add_argument("--iaa-level", type=int, choices=range(4), default=None)

    knowledge = _group(commands, "knowledge", "articles as files")
    _command(knowledge, "check", _knowledge_check, "name everything wrong or doubtful in a folder").add_argument(
        "folder", nargs="?", type=Path
    )
    _command(knowledge, "import", _knowledge_import, "publish a folder, all of it or nothing").add_argument(
        "folder", type=Path
    )
    _command(knowledge, "export", _knowledge_export, "write what is published as files").add_argument(
        "folder", type=Path
    )

    _evaluations(_group(commands, "evaluate", "measure the understanding on a file of your own"))

    _command(
        commands, "erase", _erase, "remove a person everywhere (CHANNEL:ID, or handoff:ID for a case that staff raised)"
    ).add_argument("person", metavar="CHANNEL:ID")
    _command(commands, "retain", _retain, "remove what is older than WAYPOST_RETENTION_DAYS")
    return parser


def _evaluations(evaluate: _Commands) -> None:
    about = {
        "language": "how well languages are recognised",
        "topics": "how well themes and topics are found, and how honest the confidence is",
        "urgency": "how much danger is heard, and how many false alarms are raised",
        "search": "how often search finds the right article",
        "conversations": "how well follow-ups are understood",
        "leaks": "whether the file holds sentences that were trained on",
    }
    for name, what in about.items():
        command = _command(evaluate, name, _evaluate, what)
        command.add_argument("file", metavar="FILE", type=Path)
        command.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
        command.add_argument(
            "--misses", type=_count, metavar="N", default=0, help="print up to N misses with their text"
        )
        command.set_defaults(kind=name, svg=None)
        if name == "topics":
            command.add_argument("--svg", type=Path, metavar="OUT.svg", help="draw the reliability curve")


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of misses")
    return int(text)


def _command(group: _Commands, name: str, run: Command, about: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = group.add_parser(name, help=about, description=about)
    parser.set_defaults(run=run)
    return parser


def _group(commands: _Commands, name: str, about: str) -> _Commands:
    return commands.add_parser(name, help=about, description=about).add_subparsers(
        metavar="COMMAND", required=True, parser_class=_Parser
    )


# --- serving ----------------------------------------------------------------------------------------------------------


def _serve(arguments: argparse.Namespace, settings: Settings) -> int:
    from waypost.serve import serve

    return serve(settings, demo=arguments.demo)


def _telegram(_arguments: argparse.Namespace, settings: Settings) -> int:
    from waypost.serve import poll_only

    return poll_only(settings)


def _setup(_arguments: argparse.Namespace, settings: Settings) -> int:
    from core.crypto import new_key
    from waypost.wiring import load_starter, load_understander, open_database

    # Nothing is sealed during set-up, so an install without keys yet gets a passing one.
    database = open_database(settings, settings.keys or [new_key()])
    load_starter(database)
    database.close()
    load_understander(settings)
    return 0


# --- asking -----------------------------------------------------------------------------------------------------------


def _ask(arguments: argparse.Namespace, settings: Settings) -> int:
    import json

    from waypost.ask import Asker, Question, as_line, read_lines

    if arguments.jsonl == (arguments.text is not None):
        raise SettingsError("ask: give either a text or --jsonl")
    asker = Asker(settings)
    if arguments.text is not None:
        print(asker.ask(Question("1", arguments.text)).text)
        return 0
    for question in read_lines(sys.stdin):
        print(json.dumps(as_line(question, asker.ask(question)), ensure_ascii=False), flush=True)
    return 0


def _chat(arguments: argparse.Namespace, settings: Settings) -> int:
    from core.locales import negotiate
    from waypost.talk import talk

    if arguments.language and not negotiate(arguments.language):
        raise SettingsError(f"--language: {arguments.language!r} is not a language Waypost serves")
    return talk(settings, arguments.language, trace=arguments.trace)


# --- operation --------------------------------------------------------------------------------------------------------


def _check(_arguments: argparse.Namespace, settings: Settings) -> int:
    from waypost.doctor import examine

    findings = list(examine(settings))
    for finding in findings:
        print(f"{'ok  ' if finding.ok else 'FAIL'} {finding.what}: {finding.said}")
    return 0 if all(finding.ok for finding in findings) else 1


def _key(_arguments: argparse.Namespace, _settings: Settings) -> int:
    from core.crypto import new_key

    print(new_key())
    return 0


def _rotate(_arguments: argparse.Namespace, settings: Settings) -> int:
    from waypost.rotate import rotate
    from waypost.wiring import open_database

    print(f"sealed anew: {rotate(open_database(settings))} values")
    return 0


def _erase(arguments: argparse.Namespace, settings: Settings) -> int:
    from bot.erasure import erase, erase_case
    from core.ids import parse_id
    from core.places import DEFAULT_PLACE
    from waypost.wiring import open_database

    channel, colon, external = arguments.person.partition(":")
    if not (channel and colon and external):
        raise SettingsError("erase: write CHANNEL:ID, for example telegram:123456")
    with open_database(settings).write() as session:
        case_id = parse_id(external) if channel == "handoff" else None
        found = erase_case(session, case_id) if case_id else erase(session, channel, external, DEFAULT_PLACE)
    print("erased" if found else "nobody is known by that id")
    return 0 if found else 1


def _retain(_arguments: argparse.Namespace, settings: Settings) -> int:
    from bot.erasure import retain, sweep
    from core.clock import utc_now
    from waypost.wiring import open_database

    with open_database(settings).write() as session:
        sweep(session, utc_now())
        count = retain(session, settings.retention_days, utc_now())
    print(f"removed {count} conversations older than {settings.retention_days} days")
    return 0


# --- measuring --------------------------------------------------------------------------------------------------------


def _evaluate(arguments: argparse.Namespace, settings: Settings) -> int:
    import json

    from waypost.evaluate import evaluate

    done = evaluate(arguments.kind, arguments.file, settings)
    if arguments.svg:
        arguments.svg.write_text(done.curve, encoding="utf-8")
    if arguments.json:
        print(json.dumps(done.report.as_json(arguments.misses), ensure_ascii=False))
    else:
        print(done.report.as_text(arguments.misses))
    return 0 if done.good else 1


# --- staff ------------------------------------------------------------------------------------------------------------


def _staff_add(arguments: argparse.Namespace, settings: Settings) -> int:
    from core.places import DEFAULT_PLACE
    from core.staff import add_staff
    from waypost.wiring import open_database

    with open_database(settings).write() as session:
        add_staff(session, DEFAULT_PLACE, arguments.name, role=arguments.role, iaa_level=arguments.iaa_level)
    print(f"added {arguments.name}")
    return 0


def _staff_list(_arguments: argparse.Namespace, settings: Settings) -> int:
    from core.places import DEFAULT_PLACE
    from core.staff import list_staff
    from waypost.wiring import open_database

    with open_database(settings).read() as session:
        for person in list_staff(session, DEFAULT_PLACE):
            state = "disabled" if person.disabled_at else "active"
            print(f"{person.name}\t{person.role}\tIAA level {person.iaa_level}\t{state}")
    return 0


def _staff_disable(arguments: argparse.Namespace, settings: Settings) -> int:
    from core.places import DEFAULT_PLACE
    from core.staff import disable_staff
    from waypost.wiring import open_database

    with open_database(settings).write() as session:
        disable_staff(session, DEFAULT_PLACE, arguments.name)
    print(f"disabled {arguments.name}")
    return 0


def _token_create(arguments: argparse.Namespace, settings: Settings) -> int:
    from core.places import DEFAULT_PLACE
    from core.staff import Scope, add_staff, create_token, find_staff
    from waypost.wiring import open_database

    try:
        scopes = [Scope(scope) for scope in arguments.scope]
    except ValueError:
        raise SettingsError(f"--scope: use one of {', '.join(Scope)}") from None
    with open_database(settings).write() as session:
        person = find_staff(session, DEFAULT_PLACE, arguments.name)
        if person is None:
            person = add_staff(session, DEFAULT_PLACE, arguments.name, iaa_level=arguments.iaa_level or 0)
        elif arguments.iaa_level is not None:
            person.iaa_level = arguments.iaa_level
        token = create_token(session, person, scopes)
    print(f"token for {arguments.name}, shown only once: {token}")
    return 0


# --- knowledge --------------------------------------------------------------------------------------------------------


def _knowledge_check(arguments: argparse.Namespace, _settings: Settings) -> int:
    from knowledge.importer import check_folder
    from knowledge.topics import STARTER
    from nlu.training import load_training
    from nlu.understand import DANGER
    from nlu.urgency import load_rules
    from translations.catalog import check_catalogues

    problems = check_folder(arguments.folder or STARTER)
    errors = [problem.error for problem in problems if not problem.warning]
    if arguments.folder is None:
        errors += list(check_catalogues())
        for load in (load_training, lambda: load_rules(DANGER)):
            try:
                load()
            except WaypostError as wrong:
                errors.append(wrong)  # type: ignore[arg-type] # both raise ContentError
    warnings = [problem.error for problem in problems if problem.warning]
    for warning in warnings:
        print(f"note: {warning}")
    for error in errors:
        print(f"error: {error}", file=sys.stderr)
    print(f"{len(errors)} errors, {len(warnings)} notes for editors")
    return 1 if errors else 0


def _knowledge_import(arguments: argparse.Namespace, settings: Settings) -> int:
    from core.crypto import new_key
    from knowledge.importer import import_folder
    from waypost.wiring import open_database

    with open_database(settings, settings.keys or [new_key()]).write() as session:
        done = import_folder(session, arguments.folder, author="import")
    print(f"published {done.articles} articles, added {done.translations} translations")
    return 0


def _knowledge_export(arguments: argparse.Namespace, settings: Settings) -> int:
    from core.crypto import new_key
    from knowledge.importer import export_folder
    from waypost.wiring import open_database

    with open_database(settings, settings.keys or [new_key()]).read() as session:
        print(f"wrote {export_folder(session, arguments.folder)} files to {arguments.folder}")
    return 0
