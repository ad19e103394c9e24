"""The line of many connections: what arrives while it rests shares a commit, and who is alone waits for nothing."""

import asyncio
import time

from ramah.channels import group_commit
from ramah.channels.group_commit import GroupCommit


def test_after_a_commit_the_line_rests_and_what_comes_meanwhile_goes_together(monkeypatch):
    monkeypatch.setattr(group_commit, "LONGEST_PAUSE", 0.2)
    batches = []

    def commit(items):
        batches.append(list(items))
        time.sleep(0.05)
        return [item.upper() for item in items]

    async def scene():
        line = GroupCommit(commit, most_waiting=10, name="test")
        working = asyncio.create_task(line.work())
        alone = await line.store("a")
        second = asyncio.create_task(line.store("b"))
        for _ in range(5):  # without a rest its commit would have begun by now
            await asyncio.sleep(0)
        third = asyncio.create_task(line.store("c"))
        told = [alone, await second, await third]
        working.cancel()
        line.close()
        return told

    assert asyncio.run(scene()) == ["A", "B", "C"]
    assert batches == [["a"], ["b", "c"]]
