"""Outgoing campaigns: whom to call and how often it was tried, what was answered to a survey."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from crm_mock.models.base import Count, Hour, Owned, Short, Text


class Answer(BaseModel):
    """`value` is the code of a choice, the number of a scale, or "NSP"; several codes are joined by "|". `verbatim` is what was said, word
    for word. `answered_at` is ISO, set by the server when empty."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    question_id: Short
    value: Short = ""
    verbatim: Annotated[str, Field(max_length=4000)] = ""
    refused: bool = False
    answered_at: str = ""


class Survey(Owned):
    """The answers of one person. `applicable` is told by the desk (questions that the answers so far lead through); `answered`,
    `started_at` and `ended_at` are the server's."""

    kind: ClassVar[str] = "survey"
    questionnaire_id: Short
    questionnaire_version: Short = ""
    campaign_id: Short = ""
    target_reached: Literal["", "cible", "tiers"] = ""
    respondent: Short = ""  # who answered the telephone
    quota_cell: Short = ""
    answers: tuple[Answer, ...] = ()
    applicable: Count = 0
    answered: Count = 0
    status: Literal["en cours", "complète", "partielle", "refusée", "hors quota", "rendez-vous"] = "en cours"
    started_at: str = ""
    ended_at: str = ""
    remark: Text = ""


class Attempt(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    at: str = ""  # ISO, set by the server when empty
    result: Short


class CampaignTarget(Owned):
    """One person of a campaign's file. Attempts are added, never taken away. `opposed`: asked not to be called again; the telephone
    consent and the person's other targets follow."""

    kind: ClassVar[str] = "campaign_target"
    campaign_id: Short
    position: Count = 0  # in the file
    quota_cell: Short = ""
    status: Literal["à appeler", "à rappeler", "traitée", "hors cible", "injoignable"] = "à appeler"
    attempts: tuple[Attempt, ...] = ()
    opposed: bool = False
    next_on: dt.date | None = None
    next_time: Hour = ""
    remark: Text = ""
