"""What is unique stays so, whoever asks at once; the loser is told why."""

from threading import Barrier, Thread

from stage import ADMINISTRATOR, CLIENT, Stage
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.people import PersonEdit

MACHINE = AtMachine(DEPLOYMENT, "tokenhouse person edit")


def test_of_two_who_get_one_e_mail_at_once_one_has_it(stage: Stage):
    ids = [stage.person(email).id for email in (ADMINISTRATOR, CLIENT)]
    barrier, refused = Barrier(2), []

    def run(place: int) -> None:
        barrier.wait()
        try:
            edit = PersonEdit(email="Wanted@Nordlicht.example")
            stage.authority.people.edit(MACHINE, ids[place], None, edit)
        except Refused as one:
            refused.append(one)

    threads = [Thread(target=run, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(one.code, one.problems[0].field) for one in refused] == [(Code.MALFORMED, "email")]
    assert stage.person("wanted@nordlicht.example").id in ids


def test_of_two_edits_from_one_version_one_counts(stage: Stage):
    person = stage.person(CLIENT)
    barrier, done, stale = Barrier(4), [], []

    def run(place: int) -> None:
        barrier.wait()
        edit = PersonEdit(full_name=f"Carl {place}")
        try:
            done.append(stage.authority.people.edit(MACHINE, person.id, person.version, edit))
        except Refused as one:
            stale.append(one.code)

    threads = [Thread(target=run, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stale == [Code.STALE] * 3
    assert [one.person.full_name for one in done] == [stage.person(CLIENT).full_name]
