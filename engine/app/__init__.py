"""The composition root: settings become an App, and every door calls only its short methods."""

from __future__ import annotations

from engine.app.asking import Asking
from engine.app.measuring import Measuring
from engine.app.offering import Offering
from engine.app.operating import Operating
from engine.app.sending import RunReport as RunReport
from engine.app.sending import Sending
from engine.shipped import init as init
from engine.shipped import starter as starter


class App(Asking, Sending, Offering, Operating, Measuring):
    """Everything that a person or a program may ask of rekindle, in one object."""
