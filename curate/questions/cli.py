"""``curate steering-score``: what steered models answered, judged and scored."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curate.errors import SourceError

if TYPE_CHECKING:
    import pyarrow as pa

    from curate.llm.client import Client
    from curate.questions.steering import Detect

OWNER = "steering-score"


def steering_score(
    outputs: Annotated[
        Path,
        typer.Argument(help="Parquet or JSON lines: source, target, question_id, output, judge."),
    ],
    to: Annotated[Path, typer.Option("--to", help="Where figures go.")] = Path("steering-score"),
    model: Annotated[str, typer.Option(help="Language model; else the bundled one.")] = "",
    accept_non_commercial: Annotated[
        bool, typer.Option("--accept-non-commercial", help="As for filters.language.")
    ] = False,
    compat: Annotated[
        bool, typer.Option("--compat", help="Repeat the public script's mistake with small rates.")
    ] = False,
    judge: Annotated[
        str, typer.Option(help="Rate relevance by a chat model at this address: http://HOST/v1.")
    ] = "",
    judge_model: Annotated[str, typer.Option(help="The judge's name there.")] = "",
    questions: Annotated[
        Path | None,
        typer.Option(help="What was asked, if outputs have no 'prompt': a dataset folder."),
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help="Keeps the judge's answers; else TO/judge.answers.")
    ] = None,
    api_key_env: Annotated[str, typer.Option(help="Environment variable with the key.")] = "",
    concurrency: Annotated[int, typer.Option(min=1, help="Requests under way at once.")] = 8,
    most_tokens: Annotated[int, typer.Option(min=0, help="Most that the judge may take.")] = 0,
    most_usd: Annotated[
        float, typer.Option(min=0, help="Most that it may cost, at the prices below.")
    ] = 0.0,
    usd_per_million_input_tokens: Annotated[
        float, typer.Option(min=0, help="The provider's price.")
    ] = 0.0,
    usd_per_million_output_tokens: Annotated[float, typer.Option(min=0, help="Likewise.")] = 0.0,
) -> None:
    """Score whether steered outputs are in the target language, and to the point."""
    from curate.questions.steering import read_languages
    from curate.questions.steering_report import headlines, read_outputs, write_scores

    table, complaint = read_outputs(outputs), ""
    detect = _detector(model, accept_non_commercial)
    if judge or judge_model:
        prices = usd_per_million_input_tokens, usd_per_million_output_tokens
        client = _client(judge, judge_model, cache or to / "judge.answers", api_key_env,
                         concurrency, (most_usd, most_tokens, *prices))  # fmt: skip
        table, complaint = _judged(table, questions, client, judge_model, to)
        print(f"{to / 'judged.parquet'}: {table.num_rows:,} outputs with what the judge said")
    for line in headlines(write_scores(read_languages(table, detect), to, compat)):
        print(line)
    print(f"{to}: scores.json, pairs.parquet, heat_map.html")
    if complaint:
        print(f"warning: {complaint}; run it again, what was answered is kept", file=sys.stderr)
        raise typer.Exit(1)


def _detector(model: str, accept_non_commercial: bool) -> Detect:
    from curate.langid import catalog
    from curate.langid.columns import label_columns

    catalog.prepare(model, owner=OWNER, accept_non_commercial=accept_non_commercial)
    identifier = catalog.open_model(model, owner=OWNER)

    def detect(texts: pa.Array) -> list[str]:
        found = label_columns(identifier, texts, 1, "model")["language"].to_pylist()
        return [one or "" for one in found]

    return detect


def _client(
    address: str,
    model: str,
    cache: Path,
    key: str,
    concurrency: int,
    caps: tuple[float, int, float, float],
) -> Client:
    from curate.llm.budget import Budget
    from curate.llm.client import Client
    from curate.llm.courier import Settings

    budget = Budget(*caps)
    if budget.most_usd and not any(caps[2:]):
        hint = "add --usd-per-million-input-tokens and --usd-per-million-output-tokens"
        raise SourceError(f"--most-usd needs the provider's prices; {hint}")
    if not address or not model:
        missing = "--judge-model" if address else "--judge"
        raise SourceError(f"{missing} is missing; a judge needs an address and a name there")
    cache.parent.mkdir(parents=True, exist_ok=True)
    settings = Settings(
        cache=str(cache.resolve()),
        base_url=address,
        api_key_env=key,
        concurrency=concurrency,
        budget=budget,
    )
    return Client(settings)


def _judged(
    table: pa.Table, questions: Path | None, client: Client, model: str, to: Path
) -> tuple[pa.Table, str]:
    """The outputs with what the judge said of each, which are written too; and what is lacking."""
    import pyarrow.parquet as pq

    from curate.questions.judge import judge_outputs, prompts_of
    from curate.questions.steering import read_languages

    read_languages(table, lambda texts: [""] * len(texts))  # a fault is told before any cost
    judged = judge_outputs(table, prompts_of(table, questions), client, model)
    to.mkdir(parents=True, exist_ok=True)
    pq.write_table(judged.table, to / "judged.parquet")
    if not judged.unanswered:
        return judged.table, ""
    said = f"the judge did not answer {judged.unanswered:,} of {table.num_rows:,}"
    return judged.table, f"{said}: {judged.why}"
