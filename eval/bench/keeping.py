"""What a server and the command line say is kept: feedback, the history of a person, keys."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import httpx

from eval.bench.serving import KEYS
from eval.bench.ways import ThroughGradio

PERSON = {"X-Remote-User": "li"}
"""How a proxy names the person who asks."""

SETTINGS = {"SSO_HEADER": "X-Remote-User", "TRUSTED_PROXIES": "127.0.0.1"}
"""Of a server that takes a person's name from a proxy, by name."""

_MOST_LISTED = 1_000


class Kept:
    """What was acknowledged, and whether it is still there.

    Attributes:
        feedback: ids.
        questions: how many answers the chat has shown; each is in the person's history.
        keys: texts.
    """

    def __init__(self, folder: Path, questions: list[str]) -> None:
        """Begins with nothing.

        Args:
            folder: of the server's data and keys.
            questions: what is asked in the chat, in turn.
        """
        self._folder, self._asked = folder, questions
        self._given = self._joined = self._made = 0
        self.feedback: set[str] = set()
        self.questions = 0
        self.keys: set[str] = set()

    async def give_feedback(self, client: httpx.AsyncClient, alive: asyncio.Event) -> None:
        """Tells what a person thinks of answers, for as long as the server lives."""
        while alive.is_set():
            self._given += 1
            said = {"verdict": "right", "question": "武汉？", "note": f"{self._given}"}
            try:
                response = await client.post("api/v1/feedback", json=said)
            except httpx.HTTPError:
                return
            if response.is_success:
                self.feedback.add(response.json()["id"])

    async def talk(self, client: httpx.AsyncClient, alive: asyncio.Event) -> None:
        """Asks in the chat, for as long as the server lives."""
        chat = await ThroughGradio.open(client)
        while alive.is_set():
            self._joined += 1
            try:
                status = await chat.ask(client, 0, self._asked[self._joined % len(self._asked)])
            except httpx.HTTPError:
                return
            self.questions += status == httpx.codes.OK

    async def make_keys(self, alive: asyncio.Event) -> None:
        """Makes one key after the other by the command line, and kills what makes the last one."""
        while alive.is_set():
            self._made += 1
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "app", "keys", "add", f"key{self._made}", "--role", "ask"),
                env=self._variables(),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
            assert process.stdout is not None
            reading = asyncio.ensure_future(process.stdout.read())
            while alive.is_set() and not reading.done():
                await asyncio.sleep(0.01)
            if process.returncode is None and not reading.done():
                process.kill()
            if text := (await reading).decode().strip():
                self.keys.add(text)
            await process.wait()

    async def faults(self, client: httpx.AsyncClient) -> list[str]:
        """What is gone, as a server that was started again tells it; one line each."""
        lost = len(self.feedback - await asyncio.to_thread(self._feedback))
        found = [f"{lost} of {len(self.feedback)} pieces of feedback are gone"] if lost else []
        questions, halves = 0, 0
        listed = await client.get("api/v1/history", params={"limit": _MOST_LISTED})
        for row in listed.raise_for_status().json()["conversations"]:
            read = await client.get(f"api/v1/history/{row['id']}")
            exchanges = read.raise_for_status().json()["exchanges"]
            questions += len(exchanges)
            halves += sum(one["state"] == "done" and not one["answer"] for one in exchanges)
        if halves:
            found.append(f"{halves} questions of the history have lost their answer")
        if questions < self.questions:
            found.append(f"the history has {questions} questions, {self.questions} were shown as answered")
        for text in self.keys:
            answer = await client.get("api/v1/documents", headers={"Authorization": f"Bearer {text}"})
            if not answer.is_success:
                found.append(f"a key is gone: status {answer.status_code}")
        return found

    def _feedback(self) -> set[str]:
        """The ids of the feedback that is kept."""
        command = [sys.executable, "-m", "app", "feedback", "list", "--json"]
        listed = subprocess.run(command, check=True, capture_output=True, text=True, env=self._variables())
        return {json.loads(line)["id"] for line in listed.stdout.splitlines()}

    def _variables(self) -> dict[str, str]:
        places = {"POLICYQA_DATA": str(self._folder), "POLICYQA_KEYS": str(self._folder / KEYS)}
        return os.environ | places
