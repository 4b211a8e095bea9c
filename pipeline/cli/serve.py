"""`renzhi serve`: the REST service and the workbench page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["serve"]

LIMITS = "Limits"
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")


def serve(
    host: Annotated[str, typer.Option(help="Address; 0.0.0.0 is every one.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
    store: Annotated[
        Path, typer.Option(help="Folder of the documents and their corrections.")
    ] = Path("renzhi-store"),
    results: Annotated[
        Path | None, typer.Option(help="Output folder of `renzhi annotate` to search and correct.")
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(envvar="RENZHI_TOKEN", help="Bearer token that requests must carry."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Model name or folder; the shipped one.")
    ] = None,
    rules: Annotated[
        list[Path] | None, typer.Option(help="A rule file of your own; may be given again.")
    ] = None,
    min_score: Annotated[
        float | None, typer.Option(min=0, max=1, help="Leave out facts scored lower.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that annotate; one a core.")
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=1, help="Seconds a document may take.", rich_help_panel=LIMITS)
    ] = 60.0,
    waiting: Annotated[
        int, typer.Option(min=1, help="Documents that may wait.", rich_help_panel=LIMITS)
    ] = 64,
    max_body: Annotated[
        int, typer.Option(min=1, help="Bytes of a request.", rich_help_panel=LIMITS)
    ] = 20_000_000,
    max_characters: Annotated[
        int, typer.Option(min=1, help="Characters of a document.", rich_help_panel=LIMITS)
    ] = 200_000,
) -> None:
    """Serve the REST API and the workbench (工作台): paste a page, see its facts, correct them.

    It can be reached from this machine only, unless --host says otherwise; give a --token then.
    Ctrl-C finishes what runs and stops.
    """
    from pipeline.errors import MissingExtraError

    try:
        from pipeline.server.serve import is_loopback
        from pipeline.server.serve import serve as run
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("pipeline"):
            raise
        raise MissingExtraError("serve", "renzhi serve") from error
    from pipeline.server.options import ServerOptions, default_workers

    run(
        ServerOptions(
            store=store,
            results=results,
            model={
                "model": model,
                "rules": [str(path) for path in rules or ()],
                "min_score": min_score,
            },
            token=token,
            workers=workers or default_workers(),
            waiting=waiting,
            timeout=timeout,
            max_body=max_body,
            max_characters=max_characters,
            hosts=(*LOOPBACK_NAMES, host) if is_loopback(host) else None,
        ),
        host,
        port,
    )
