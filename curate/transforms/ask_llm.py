"""Ask a language model about each row, and keep what it says as columns.

The prompt is a file with a slot for each column, the answer must fit a JSON Schema, and every
answer is kept in a cache under the hash of its request: a run that was stopped, or comes again with
more rows, asks only what was never answered. A request without an answer does not become a row: it
fails its shard, which the next run completes. ``docs/llm.md`` tells the rest. It misleads in that
an answer which fits its schema may still be wrong: measure it against rows that people have judged.
"""

from __future__ import annotations

import dataclasses as dc
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import pyarrow as pa
from annotated_types import Ge, Gt, Le

from curate.arrow import digest_of, sha256_of
from curate.contract import DEFECT, Adds, InputPath, Transform, put
from curate.errors import SourceError, StepError

if TYPE_CHECKING:
    from curate.llm.answer import Outcome
    from curate.llm.client import Client
    from curate.llm.prompt import Prompt
    from curate.llm.question import Question
    from curate.llm.schema import Schema

TEXT = "text"
TOLD = {
    "outcome": pa.string(),
    "detail": pa.string(),
    "key": pa.string(),
    "input_tokens": pa.int32(),
    "output_tokens": pa.int32(),
}
REASONS = {"error": "no answer", "unsuitable": "unsuitable", "invalid": "invalid answer"}


@dc.dataclass(frozen=True)
class AskLlm(Transform):
    """Ask a language model about each row; its answer becomes columns.

    Args:
        endpoint: Address of any server with OpenAI's chat API (vLLM, Ollama, llama.cpp, a
            provider), such as ``http://localhost:8000/v1``; empty: nothing is sent.
        model: The model's name there.
        prompt: File with messages and slots; empty: the column ``text`` is the whole message.
        schema: File with the JSON Schema of the answer; empty: the answer is prose.
        params: Sampling parameters, sent as they are.
        response_format: How the server is asked for the schema: as a ``json_schema``, as any
            ``json_object``, or by the prompt alone (``text``). It is checked here in any case.
        cache: File that keeps answers and what they cost; needed with ``endpoint``. One a corpus.
        cassette: File of recorded answers, looked into first.
        name: Begins the names of the columns that say what became of the request.
        unsuitable: A boolean property of the schema by which the model declines a row.
        reject: Outcomes whose rows are rejected: ``unsuitable``, ``invalid``, ``error``. Rows of
            the others stay, with nulls; but an ``error`` that is not rejected fails the shard.
        missing: Without endpoint and cassette, stop before any work (``error``), or leave the
            columns null (``skip``).
        api_key_env: The environment variable with the key; empty: the server needs none.
        transport: ``live``, or ``batch``: let requests wait for a batch file.
        concurrency: Requests under way at once, of all processes together.
        requests_per_minute: Likewise; 0: no limit.
        timeout: Seconds to wait for the server to say something.
        retries: Further attempts after a passing failure.
        most_usd: Stop before a call with which the cache's calls could cost more; 0: no cap.
        most_tokens: Likewise for input plus output tokens.
        usd_per_million_input_tokens: The provider's price.
        usd_per_million_output_tokens: Likewise.

    Reads:
        the prompt's slots: any type; a null there is unsuitable.

    Adds:
        the schema's properties: as typed there; ``answer``: string, without a schema.
        llm_outcome: string: ``ok``, ``unsuitable``, ``invalid`` or ``error``.
        llm_detail: string, why it is not ``ok``.
        llm_key: string, SHA-256 of the request.
        llm_input_tokens: int32, as the server counted them; null if it did not.
        llm_output_tokens: int32, likewise.

    Rejects:
        no answer: The outcome is ``error``, if ``reject`` has it.
        unsuitable: Likewise: the model declined, or there is nothing to ask.
        invalid answer: Likewise: cut off, no JSON, or against the schema.

    Raises:
        SourceError: Prompt, schema, cassette or cache cannot be used.
        EnvironmentError_: A package is missing, or the key, or endpoint and cassette are.
        StepError: Requests have no answer; those that have are kept.

    Example:
        >>> rows = pa.table({"id": ["a"], "text": ["What is a triplet?"]})
        >>> AskLlm(missing="skip")(rows)["llm_outcome"].to_pylist()
        [None]
    """

    endpoint: str = ""
    model: str = ""
    prompt: InputPath = ""
    schema: InputPath = ""
    params: Mapping[str, Any] = dc.field(
        default_factory=lambda: {"temperature": 0, "max_tokens": 1024}
    )
    response_format: Literal["json_schema", "json_object", "text"] = "json_schema"
    cache: InputPath = ""
    cassette: InputPath = ""
    name: str = "llm"
    unsuitable: str = ""
    reject: tuple[Literal["unsuitable", "invalid", "error"], ...] = ()
    missing: Literal["error", "skip"] = "error"
    api_key_env: str = ""
    transport: Literal["live", "batch"] = "live"
    concurrency: Annotated[int, Ge(1), Le(1024)] = 8
    requests_per_minute: Annotated[float, Ge(0)] = 0.0
    timeout: Annotated[float, Gt(0), Le(3600)] = 120.0
    retries: Annotated[int, Ge(0), Le(20)] = 5
    most_usd: Annotated[float, Ge(0)] = 0.0
    most_tokens: Annotated[int, Ge(0)] = 0
    usd_per_million_input_tokens: Annotated[float, Ge(0)] = 0.0
    usd_per_million_output_tokens: Annotated[float, Ge(0)] = 0.0

    reasons: ClassVar = ("no answer", "unsuitable", "invalid answer")

    def columns_read(self) -> tuple[str, ...]:
        """The prompt's slots."""
        prompt = self._prompt()
        return prompt.slots if prompt else (TEXT,)

    def added(self, schema: pa.Schema) -> Adds:
        """The answer's properties, and what became of the request."""
        form = self._schema()
        answer = dict(form.columns) if form else {"answer": pa.string()}
        return {**answer, **{f"{self.name}_{what}": kind for what, kind in TOLD.items()}}

    def fingerprint(self) -> str:
        """What decides the answers; how they are fetched does not.

        A higher cap, another address of the same model or more retries do no work anew.
        """
        asks = bool(self.endpoint) or self.missing == "error"
        what = dict(self.params), self.response_format, self.name
        kept = self.unsuitable, sorted(self.reject), asks
        return digest_of(self.step_name(), self.version, self._files(), *what, *kept)

    def prepare(self) -> dict[str, str]:
        """Check everything that can be checked before a request is sent."""
        from curate.llm.request import check_params

        client, form = self._client(), self._schema()
        if not self.endpoint and not self.cassette and self.missing == "error":
            hint = "set endpoint, or cassette to recorded answers"
            raise SourceError(f"{self.step_name()}: there is nobody to ask; {hint}")
        if (self.endpoint or self.cassette) and not self.model:
            raise SourceError(f"{self.step_name()}: set model to its name at the endpoint")
        if self.unsuitable and (form is None or form.columns.get(self.unsuitable) != pa.bool_()):
            hint = "name a boolean property of the schema"
            raise SourceError(f"{self.step_name()}: unsuitable: {self.unsuitable!r}; {hint}")
        if not self.name.isidentifier():
            raise SourceError(f"{self.step_name()}: name: {self.name!r} is no word")
        told = (f"{self.name}_{what}" for what in TOLD)
        if taken := {"id", "source", DEFECT.name, *told} & set(form.columns if form else ()):
            hint = "give the property another name"
            raise SourceError(f"{self.step_name()}: the schema would replace {taken.pop()}; {hint}")
        client.prepare(list(self.params))
        if self._asks_nobody():
            return {"language model": "skipped: no endpoint"}
        check_params(self.params)
        return self._files()

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Ask about all rows of the batch at once."""
        adds = self.added(batch.schema)
        if self._asks_nobody():
            for name, kind in adds.items():
                batch = put(batch, pa.field(name, kind), pa.nulls(batch.num_rows, kind))
            return batch
        rows = batch.select(self.columns_read()).to_pylist()
        asked = self._question().ask(self._client(), rows)
        outcomes = [one.outcome for one in asked]
        self._check(outcomes)
        tokens = [one.tokens() for one in asked]
        told = {
            "outcome": [outcome.name for outcome in outcomes],
            "detail": [outcome.detail or None for outcome in outcomes],
            "key": [one.key() for one in asked],
            "input_tokens": [given for given, _ in tokens],
            "output_tokens": [taken for _, taken in tokens],
        }
        columns = {f"{self.name}_{what}": values for what, values in told.items()}
        for name, kind in adds.items():
            if name not in columns:
                columns[name] = [(outcome.value or {}).get(name) for outcome in outcomes]
            batch = put(batch, pa.field(name, kind), pa.array(columns[name], kind))
        defects = [REASONS[one.name] if one.name in self.reject else None for one in outcomes]
        return put(batch, DEFECT, defects) if self.reject else batch

    def _asks_nobody(self) -> bool:
        return not self.endpoint and not self.cassette and self.missing == "skip"

    def _check(self, outcomes: Sequence[Outcome]) -> None:
        """Fail the shard while requests lack an answer: such rows must not be taken for done."""
        errors = Counter(outcome.detail for outcome in outcomes if outcome.name == "error")
        if not errors or "error" in self.reject:
            return
        count, (why, _) = errors.total(), errors.most_common(1)[0]
        others = f" (and {len(errors) - 1} other reasons)" if len(errors) > 1 else ""
        kept = "what was answered is kept, a new run asks the rest"
        what = f"{count} of {len(outcomes)} requests have no answer: {why}{others}; {kept}"
        raise StepError(self.step_name(), what)

    def _question(self) -> Question:
        from curate.llm.question import Question

        prompt, form = self._prompt(), self._schema()
        return Question(
            self.model, self.params, prompt, form, self.response_format, self.unsuitable
        )

    def _prompt(self) -> Prompt | None:
        from curate.llm.prompt import read_prompt

        return read_prompt(Path(self.prompt)) if self.prompt else None

    def _schema(self) -> Schema | None:
        from curate.llm.schema import read_schema

        return read_schema(Path(self.schema)) if self.schema else None

    def _files(self) -> dict[str, str]:
        """Digests of the files that decide the answers; the model goes by its name."""
        there = {"prompt": self.prompt, "schema": self.schema, "cassette": self.cassette}
        try:
            digests = {name: sha256_of(Path(path)) for name, path in there.items() if path}
        except OSError as error:
            raise SourceError(f"{error.filename}: cannot be read ({error.strerror})") from None
        return {**digests, self.model: "by name"} if self.model else digests

    def _client(self) -> Client:
        from curate.llm.budget import Budget
        from curate.llm.client import Client
        from curate.llm.courier import Settings

        prices = self.usd_per_million_input_tokens, self.usd_per_million_output_tokens
        settings = Settings(
            str(Path(self.cache).resolve()) if self.cache else "",
            self.endpoint,
            self.api_key_env,
            self.timeout,
            self.retries,
            self.concurrency,
            self.requests_per_minute,
            Budget(self.most_usd, self.most_tokens, *prices),
        )
        return Client(settings, self.cassette, self.transport)
