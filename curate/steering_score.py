"""``curate steering-score``: what steered models answered, judged and scored."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curate.errors import SourceError

if TYPE_CHECKING:
    import pyarrow as pa

    from curate.llm.budget import Budget
    from curate.llm.client import Client

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
    most_usd: Annotated[float, typer.Option(min=0, help="Stop before the judge costs more.")] = 0,
    most_tokens: Annotated[int, typer.Option(min=0, help="Likewise, in tokens.")] = 0,
    usd_per_million_input_tokens: Annotated[float, typer.Option(min=0, help="Price.")] = 0,
    usd_per_million_output_tokens: Annotated[float, typer.Option(min=0, help="Price.")] = 0,
) -> None:
    """Score whether steered outputs are in the target language, and to the point."""
    import pyarrow.parquet as pq

    from curate.langid import catalog
    from curate.langid.columns import label_columns
    from curate.llm.budget import Budget
    from curate.questions.judge import judge_outputs, prompts_of
    from curate.questions.steering import read_languages
    from curate.questions.steering_report import headlines, read_outputs, write_scores

    table = read_outputs(outputs)
    catalog.prepare(model, owner=OWNER, accept_non_commercial=accept_non_commercial)
    identifier = catalog.open_model(model, owner=OWNER)

    def detect(texts: pa.Array) -> list[str]:
        found = label_columns(identifier, texts, 1, "model")["language"].to_pylist()
        return [one or "" for one in found]

    unanswered, why = 0, ""
    if judge or judge_model:
        read_languages(table, lambda texts: [""] * len(texts))  # columns and keys, before any cost
        answers = cache or to / "judge.answers"
        prices = usd_per_million_input_tokens, usd_per_million_output_tokens
        client = _client(
            judge, judge_model, answers, api_key_env, concurrency,
            Budget(most_usd, most_tokens, *prices),
        )  # fmt: skip
        table, unanswered, why = judge_outputs(
            table, prompts_of(table, questions), client, judge_model
        )
        pq.write_table(table, to / "judged.parquet")
    found = read_languages(table, detect)
    for line in headlines(write_scores(found, to, compat)):
        print(line)
    made = ["scores.json", "pairs.parquet", "heat_map.html"]
    print(f"{to}: {', '.join([*made, *(['judged.parquet'] if judge else [])])}")
    if unanswered:
        said = f"the judge did not answer {unanswered:,} of {table.num_rows:,}: {why}"
        print(f"warning: {said}; run it again, what was answered is kept", file=sys.stderr)
        raise typer.Exit(1)


def _client(
    address: str, model: str, cache: Path, key: str, concurrency: int, budget: Budget
) -> Client:
    from curate.llm.client import Client
    from curate.llm.courier import Settings

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
