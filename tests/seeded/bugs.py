"""The mistakes: what stands in the program, what would stand there, and which test must fail of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bug:
    """`old` stands exactly once in `file`. `more` are further edits that belong to it.

    `database` is the one on which the test must find it, where it is not SQLite.
    """

    name: str
    file: str
    old: str
    new: str
    test: str
    more: tuple[tuple[str, str, str], ...] = ()
    database: str = "sqlite"


_STEPS = "engine/outbox/transitions.py"
_CLAIM = "engine/outbox/claim.py"
_INTENT = "engine/outbox/intent.py"
_RECOVER = "engine/outbox/recover.py"
_DOUBTS = "engine/outbox/doubts.py"
_SETTLE = "engine/outbox/settle.py"
_DISPATCH = "engine/cycle/dispatch.py"
_ASKING = "engine/cycle/asking.py"
_RECHECK = "engine/policy/recheck.py"

_TRANSITIONS = "tests/outbox/test_transitions.py"
_HOLDER = f"{_TRANSITIONS}::test_only_the_holder_at_its_epoch_may_go"
_RECEIPTS = f"{_TRANSITIONS}::test_what_an_answer_makes_of_a_row"
_DEAD = "tests/outbox/test_recover.py::test_each_row_of_the_dead_goes_where_the_evidence_says"
_OLD_DOUBT = f"{_TRANSITIONS}::test_an_old_doubt_is_repeated_or_left_to_a_person"
_SENT = "tests/cycle/test_dispatch.py"
_MEANS = "tests/channels/test_http_providers.py"
_LEFT = "tests/cycle/test_news.py::test_who_unsubscribed_or_answered_stop_gets_nothing"

#: Fences: who holds a row, and from when on nobody else may touch it.
_FENCES = (
    Bug(
        "no epoch in the fence", _STEPS,
        'delivery.c.epoch == bindparam("b_epoch"),', 'bindparam("b_epoch").is_not(None),', _HOLDER,
    ),
    Bug(
        "no owner in the fence", _STEPS,
        'delivery.c.owner == bindparam("b_owner"),', 'bindparam("b_owner").is_not(None),', _HOLDER,
    ),
    Bug(
        "a late answer overwrites", _STEPS,
        'delivery.c.epoch == bindparam("b_epoch"),', 'bindparam("b_epoch").is_not(None),',
        f"{_TRANSITIONS}::test_a_late_answer_of_a_fenced_worker_only_writes_its_attempt",
        more=((_STEPS, 'delivery.c.owner == bindparam("b_owner"),', 'bindparam("b_owner").is_not(None),'),),
    ),
    Bug(
        "no fence at the intent", _INTENT,
        "            delivery.c.owner == owner,\n", "",
        f"{_TRANSITIONS}::test_an_intent_is_written_only_for_rows_still_held",
        more=((_INTENT, "_HELD.in_([(row.customer_id, row.dedupe_key, row.epoch) for row in rows]),", ""),),
    ),
    Bug(
        "the epoch is not raised", _CLAIM,
        "epoch=delivery.c.epoch + 1", "epoch=delivery.c.epoch",
        "tests/outbox/test_claim.py::test_an_epoch_only_grows",
    ),
    Bug(
        "death is presumed", "engine/outbox/owner.py",
        "        yield None\n        return\n    try:",
        "        yield journal.read(path)\n        return\n    try:",
        "tests/outbox/test_owner.py::test_a_worker_lives_until_it_lets_go",
    ),
    Bug(
        "intents do not hold up who opts out", _INTENT,
        '    if connection.dialect.name != "postgresql":\n', '    if connection.dialect.name != "none":\n',
        "tests/outbox/test_intent.py::test_nothing_that_forbids_a_message_commits_between_question_and_intent",
        database="postgresql",
    ),
)  # fmt: skip

#: The order of ledger, journal and wire, and what is made of a crash.
_CRASHES = (
    Bug(
        "marked as sent before it is", _INTENT,
        "state=State.SENDING.value", "state=State.ACCEPTED.value",
        f"{_SENT}::test_what_is_still_on_the_wire_after_the_grace_is_in_doubt",
    ),
    Bug(
        "sent before it is promised", _DISPATCH,
        "letters = office.intend(drafts)",
        "letters = [Letter(one.row, one.message) for one in drafts if one.message]",
        f"{_SENT}::test_a_stop_that_comes_while_messages_are_written_counts",
    ),
    Bug(
        "what was on the wire is planned again", _RECOVER,
        "unsend(connection, [row for row in open_rows if evidence.never_sent(row.token)], name, now)",
        "unsend(connection, open_rows, name, now)", _DEAD,
    ),
    Bug(
        "the journal is not believed", "engine/outbox/journal.py",
        "return self.counts and token not in self.noted", "return False", _DEAD,
    ),
    Bug(
        "answers in the journal are forgotten", "engine/outbox/journal.py",
        "return Evidence(True, noted, dict(_answers(lines)))", "return Evidence(True, noted, {})", _DEAD,
    ),
    Bug(
        "another boot's journal is believed", "engine/outbox/journal.py",
        'lines[0] != f"{_FORM} {boot()}"', "not lines[0].startswith(_FORM)",
        "tests/outbox/test_owner.py::test_another_boots_journal_proves_nothing",
    ),
    Bug(
        "nothing is noted before the first byte", "engine/cycle/wire.py",
        "self._journal.note(letter.row.token)", "pass",
        f"{_SENT}::test_without_a_journal_nothing_goes_on_the_wire",
    ),
    Bug(
        "intents are not durable", "engine/store/database.py",
        '"synchronous=FULL"', '"synchronous=NORMAL"',
        "tests/failures/test_store.py::test_a_commit_survives_a_power_loss",
    ),
    Bug(
        "the dead keep what they claimed", _RECOVER,
        "delivery.state IN ('claimed', 'sending')", "delivery.state IN ('sending')",
        "tests/failures/test_process_and_time.py::test_the_dead_keep_nothing",
    ),
)  # fmt: skip

#: What is asked before a message goes.
_GATES = (
    Bug(
        "nothing is asked at the last moment", _DISPATCH,
        "asked = ask(connection, turn, self._recheck, name, now)", "asked = turn",
        f"{_SENT}::test_a_stop_that_comes_while_messages_are_written_counts",
    ),
    Bug(
        "STOP between plan and send is ignored", _RECHECK,
        "(is_suppressed(delivery.c.channel, delivery.c.address, None), Gate.SUPPRESSED.value),", "", _LEFT,
    ),
    Bug(
        "leaving between plan and send is ignored", _RECHECK,
        "(and_(marketing, consented), Gate.NO_CONSENT.value),", "", _LEFT,
    ),
    Bug(
        "buying between plan and send is ignored", "engine/app/sending.py",
        "gone = news.gone(connection, allowed, now)", "gone = set[Key]()",
        "tests/cycle/test_news.py::test_who_bought_is_not_asked_to_come_back",
    ),
    Bug(
        "a cap is not reserved", _DISPATCH,
        "for turn in one_per_customer(rows):", "for turn in [rows]:",
        f"{_SENT}::test_two_messages_to_one_person_do_not_slip_under_a_cap_together",
    ),
    Bug(
        "doubts use up no place under a cap", _RECHECK,
        "other.c.state.in_(USED),", 'other.c.state.in_(("accepted", "sending")),',
        "tests/failures/test_process_and_time.py::test_a_doubt_uses_up_its_place_under_a_cap",
    ),
    Bug(
        "a pause counts only when claiming", _ASKING,
        "resting = [row for row in rows if pauses.covers(paused, row)]", "resting = list[Claimed]()",
        f"{_SENT}::test_a_pause_that_comes_while_messages_are_written_counts",
        more=((_ASKING, "[row for row in rows if not pauses.covers(paused, row)]", "list(rows)"),),
    ),
    Bug(
        "a pause does not count when claiming", _CLAIM,
        "            pauses.allows(pauses.scopes(connection)),\n", "",
        "tests/outbox/test_claim.py::test_what_is_paused_stays",
    ),
    Bug(
        "send_by is ignored when claiming", _CLAIM,
        "            or_(delivery.c.send_by.is_(None), delivery.c.send_by > now),\n", "",
        "tests/outbox/test_claim.py::test_only_what_is_due_and_in_time",
    ),
    Bug(
        "send_by is ignored at the last moment", _ASKING,
        "late = [row for row in asked if row.send_by is not None and row.send_by <= now]",
        "late = list[Claimed]()",
        f"{_SENT}::test_what_is_late_expires_and_is_not_sent",
        more=((_ASKING, "asked = [row for row in asked if row.send_by is None or row.send_by > now]", ""),),
    ),
    Bug(
        "one address is promised twice", "engine/outbox/enqueue.py",
        "dedupe_key(*(columns[name] for name in names))",
        'dedupe_key(*(columns[name] for name in names)).concat(columns["customer_id"])',
        "tests/outbox/test_enqueue.py::test_one_address_is_promised_one_message_whoever_has_it",
    ),
    Bug(
        "a slot runs twice", "engine/cycle/commit.py",
        "in (RunState.HELD, RunState.MISSED)", "in (RunState.HELD, RunState.MISSED, RunState.OPEN)",
        "tests/failures/test_process_and_time.py::test_a_planner_that_comes_too_late_finds_the_slot_taken",
    ),
)  # fmt: skip

#: What an answer means, and what is done about it.
_ANSWERS = (
    Bug(
        "SendGrid's 5xx is a refusal", "engine/channels/providers/sendgrid.py",
        "return Receipt(Verdict.UNKNOWN, code=code", "return Receipt(Verdict.REFUSED, code=code",
        f"{_MEANS}::test_what_an_answer_means",
    ),
    Bug(
        "Twilio's 5xx is tried again", "engine/channels/providers/twilio.py",
        "return Receipt(Verdict.UNKNOWN, code=told", "return Receipt(Verdict.LATER, code=told",
        f"{_MEANS}::test_what_an_answer_means",
    ),
    Bug(
        "a timeout after the request is a refusal", "engine/channels/http.py",
        "return Receipt(Verdict.UNKNOWN, code=", "return Receipt(Verdict.REFUSED, code=",
        f"{_MEANS}::test_an_answer_that_is_lost_is_a_doubt",
    ),
    Bug(
        "a lost answer to the final dot is tried again", "engine/channels/providers/smtp.py",
        'return Receipt(Verdict.UNKNOWN, code="lost"', 'return Receipt(Verdict.LATER, code="lost"',
        "tests/channels/test_smtp.py::test_an_answer_lost_after_the_final_dot_is_a_doubt",
    ),
    Bug(
        "one refused recipient costs the next", "engine/channels/providers/smtp.py",
        "            smtp.rset()\n", "            pass\n",
        "tests/channels/test_smtp.py::test_one_refused_recipient_costs_nobody_else",
    ),
    Bug(
        "a 429 holds up one message", "engine/channels/http.py",
        '        detail="slow_down",\n        until=pause(answer, now),\n        channel_wide=True,',
        '        detail="slow_down",\n        until=pause(answer, now),\n        channel_wide=False,',
        "tests/cycle/test_rests.py::test_a_429_makes_the_whole_channel_wait_for_every_process_and_costs_no_attempt",
    ),
    Bug(
        "a 429 costs an attempt", _SETTLE,
        "step(State.RETRY_WAIT, receipt.code or None, spent=0, until=until)",
        "step(State.RETRY_WAIT, receipt.code or None, until=until)", _RECEIPTS,
    ),
    Bug(
        "a wrong key costs an attempt", _SETTLE,
        '"channel_halted", spent=0)', '"channel_halted")', _RECEIPTS,
    ),
    Bug(
        "greylisted for ever", _SETTLE,
        "if row.attempts + 1 >= patience.attempts:", "if row.attempts + 1 >= 10**6:",
        f"{_TRANSITIONS}::test_a_greylisted_message_waits_longer_each_time_and_not_for_ever",
    ),
    Bug(
        "a wrong address is used again", _SETTLE,
        "_suppress(connection, [one for one in answers if", "_suppress(connection, [one for one in () if",
        _RECEIPTS,
    ),
)  # fmt: skip

#: Doubts, and what comes back.
_NEWS = (
    Bug(
        "a doubt is repeated under at_most_once", _DOUBTS,
        'delivery.c.promise == "at_least_once",', 'delivery.c.promise != "",', _OLD_DOUBT,
    ),
    Bug(
        "a repetition bears no mark", _DOUBTS,
        'dup_risk=bindparam("risk", True, Boolean), not', "dup_risk=delivery.c.dup_risk, not", _OLD_DOUBT,
    ),
    Bug(
        "delivered takes a complaint back", _DOUBTS,
        "func.max(case(ranks, value=reply.c.kind))", "func.min(case(ranks, value=reply.c.kind))",
        "tests/events/test_record.py::test_an_outcome_never_falls_back",
    ),
    Bug(
        "news before the doubt is forgotten", _RECOVER,
        "        prove_told(connection, now)\n", "",
        "tests/outbox/test_model.py::test_every_order_of_events[with news of a message]",
    ),
    Bug(
        "an event told twice counts twice", "engine/events/record.py",
        "taken.again = len(known)", "taken.known = known\n    taken.again = len(known)",
        "tests/events/test_record.py::test_an_event_is_written_down_once",
    ),
    Bug(
        "whoever calls is believed", "engine/events/hooks/sendgrid.py",
        "if not (signature and timestamp and genuine):", "if not (signature and timestamp):",
        "tests/web/test_hooks.py::test_any_flipped_byte_is_refused",
    ),
    Bug(
        "a look at the page unsubscribes", "engine/web/pages.py",
        "found = app().visits.visitor(token)", "found = app().visits.unsubscribe(token, clock.now())",
        "tests/web/test_pages.py::test_a_scanner_unsubscribes_nobody_and_one_post_does",
    ),
    Bug(
        "an import revives an erased address", "engine/ingest/erased.py",
        "again = keep_suppressed(", "again = (lambda *_: 0)(",
        "tests/cli/test_customer.py::test_a_file_brings_back_the_customer_and_not_the_address",
    ),
    Bug(
        "a bounce suppresses nobody", "engine/cycle/came_back.py",
        "follow(connection, taken)", "0",
        "tests/events/test_effects.py::test_what_suppresses_at_once",
    ),
)  # fmt: skip

BUGS = (*_FENCES, *_CRASHES, *_GATES, *_ANSWERS, *_NEWS)
