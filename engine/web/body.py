"""Reading what is sent to us, up to a size."""

from __future__ import annotations

from urllib.parse import parse_qsl

from fastapi import HTTPException, Request

#: A batch of SendGrid's events is far smaller; a form of ours is a few boxes.
LARGEST_CALL, LARGEST_FORM = 4 * 1024 * 1024, 64 * 1024


async def read(request: Request, largest: int) -> bytes:
    """The raw bytes. What is too large is not read to its end."""
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told[:20]) > largest:
        raise HTTPException(413, "that is too large")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > largest:
            raise HTTPException(413, "that is too large")
    return bytes(body)


async def form(request: Request) -> list[tuple[str, str]]:
    """The fields of a form, in their order."""
    body = await read(request, LARGEST_FORM)
    try:
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        raise HTTPException(400, "that is no form") from None
