"""A campaign's version: the hash of its document, its segments', its offers' and its template files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from engine.compose.library import Library
from engine.rules.campaign import Campaign
from engine.store.campaigns import CampaignVersion
from engine.store.database import table

version_table = table(CampaignVersion)


def versions(campaigns: Iterable[Campaign], library: Library) -> dict[str, str]:
    """The version of each campaign, by its name."""
    return {one.name: version(one, library) for one in campaigns}


def version(campaign: Campaign, library: Library) -> str:
    """Twelve hexadecimal digits that change with the text of the rule, a segment, an offer or a template."""
    parts: list[object] = [campaign.version, dict(campaign.segments), template_hashes(campaign, library)]
    if campaign.offers:
        parts.append(offer_texts(campaign))
    content = json.dumps(parts, sort_keys=True)
    return sha256(content.encode()).hexdigest()[:12]


def template_hashes(campaign: Campaign, library: Library) -> dict[str, str]:
    """The hash of each template file that the campaign's steps use."""
    hashes: dict[str, str] = {}
    for step in campaign.steps:
        hashes |= library.hashes(step.template, step.channel)
    return hashes


def record(connection: Connection, campaign: Campaign, name: str, library: Library, now: datetime) -> None:
    """Keeps a version that a run used: its document, its segments', and the templates of its letters."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = {
        "campaign": campaign.name,
        "version": name,
        "document": campaign.source,
        "segments": dict(campaign.segments),
        "offers": offer_texts(campaign),
        "templates": template_texts(campaign, library),
        "created_at": now,
    }
    connection.execute(insert(version_table).values(row).on_conflict_do_nothing())


def offer_texts(campaign: Campaign) -> dict[str, str]:
    """The text of each offer's file that the campaign's messages promise, by name."""
    return {name: offer.source for name, offer in campaign.offers.items()}


def template_texts(campaign: Campaign, library: Library) -> dict[str, str]:
    """The text of each template file that the campaign's steps use, by path."""
    return {
        path: text
        for step in campaign.steps
        for path, text in library.texts(step.template, step.channel).items()
    }
