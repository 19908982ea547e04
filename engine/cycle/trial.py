"""One sample to one's own address, outside the ledger."""

from __future__ import annotations

import secrets
from dataclasses import replace

from sqlalchemy import Connection, select

from engine.channels.channel import open_line
from engine.compose.letter import Addressed
from engine.compose.reasons import in_words
from engine.cycle import find, preview, samples, whom
from engine.cycle.plan import verdict_table
from engine.errors import YoursToFix
from engine.policy.entry import Moment
from engine.policy.gates import DECISION
from engine.policy.quiet import QUIET
from engine.rules.campaign import Campaign
from engine.store.suppressions import suppression
from engine.vocabulary import Channel, Letter, Receipt


def send_sample(
    kit: preview.Kit, campaign: Campaign, moment: Moment, address: str, wanted: str | None = None
) -> Receipt:
    """Sends what a customer of the campaign would get to `address`, its subject marked TEST.

    It is the letter of the customer who is `wanted`, or of somebody who would get it.

    Raises YoursToFix when nobody would get it, it cannot be rendered, or the address must not be used.
    """
    with kit.database.read(verdict_table(1), DECISION, QUIET) as connection:
        plans = preview.plans(connection, kit, [campaign], moment, everything=True)
        fullest = max(plans, key=lambda one: one.will_send + one.deferred)
        if wanted is not None:
            whom.asked(connection, wanted)
        found = samples.pick(connection, kit.pen, fullest, moment, 1, wanted)
        if not found or not isinstance(found[0].letter, Letter):
            why = found[0].letter if found else "it would write to nobody now; say whose: --customer ID"
            raise YoursToFix(f"there is no sample of {campaign.name}: {in_words(str(why))}")
        composer = kit.pen.composer(connection)
        letter: Letter = found[0].letter
        address = _usable(connection, kit, letter.channel, address)
    rendered = kit.pen.render([letter])[0]
    if rendered.error:
        raise YoursToFix(f"the sample of {campaign.name} cannot be written: {in_words(rendered.error)}")
    to = Addressed("preview", letter.channel, campaign.steps[0].template, address, campaign.kind)
    message = composer.message(to, letter, rendered, secrets.token_hex(16))
    marked = replace(message, subject=f"TEST {message.subject}" if message.subject else "", to_name="")
    email = letter.channel is Channel.EMAIL
    channel = kit.settings.channels.email if email else kit.settings.channels.sms
    line = open_line(letter.channel, channel, kit.settings.secret, kit.settings.root)
    try:
        return line.send(marked, lambda: None)
    finally:
        line.close()


def _usable(connection: Connection, kit: preview.Kit, channel: Channel, given: str) -> str:
    """The address as the ledger writes it, or as it was given where it cannot be read."""
    address = find.address(kit.settings, channel, given) or given.strip()
    listed = select(suppression.c.reason).where(
        suppression.c.channel == channel.value, suppression.c.address == address
    )
    reason = connection.execute(listed).scalar()
    if reason is not None:
        raise YoursToFix(f"that address must not be written to: {reason.replace('_', ' ')}")
    return address
