"""Child processes end with the work they were started for, however that ends."""

import os
import subprocess
import sys
import textwrap

import psutil
import pytest

from orgtrail.terraform import processes
from tests.waiting import LONG, has_ended, until

# A command whose grandchild leaves its group and ignores polite requests; each tells its process id.
FAMILY = """
    import os, signal, subprocess, sys, time
    grandchild = "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); os.setsid(); " \\
                 "print(os.getpid(), flush=True); time.sleep(600)"
    print(os.getpid(), flush=True)
    subprocess.Popen([sys.executable, "-c", grandchild])
    time.sleep(600)
"""


def run(program, tmp_path, **arguments):
    command = [sys.executable, "-c", textwrap.dedent(program)]
    return processes.run(command, **{"cwd": tmp_path, "env": os.environ, **arguments})


@pytest.mark.parametrize("status", [0, 1, 130])
def test_the_exit_status_is_returned(tmp_path, status):
    assert run(f"raise SystemExit({status})", tmp_path) == status


def test_a_signal_that_ended_a_command_is_returned_as_a_negative_status(tmp_path):
    assert run("import os; os.kill(os.getpid(), 9)", tmp_path) == -9


def test_every_line_of_both_streams_is_handed_on_in_order(tmp_path):
    lines: list[str] = []
    run(
        """
        import sys
        print("first", flush=True)
        print("second", file=sys.stderr, flush=True)
        print("  third  ")
        """,
        tmp_path,
        on_line=lines.append,
    )

    assert lines == ["first", "second", "  third"]


def test_a_line_is_handed_on_as_soon_as_it_is_printed(tmp_path):
    """The command prints its second line only when it sees that the first one has arrived."""
    lines: list[str] = []

    def note(line):
        lines.append(line)
        (tmp_path / "arrived").touch()

    run(
        """
        import pathlib, time
        print(1, flush=True)
        while not pathlib.Path("arrived").exists():
            time.sleep(0.01)
        print(2)
        """,
        tmp_path,
        on_line=note,
    )

    assert lines == ["1", "2"]


def test_what_is_not_utf_8_does_not_stop_a_command(tmp_path):
    lines: list[str] = []
    status = run(r"import sys; sys.stdout.buffer.write(b'\xff\n')", tmp_path, on_line=lines.append)

    assert (status, lines) == (0, ["\N{REPLACEMENT CHARACTER}"])


def test_a_command_gets_the_folder_and_the_environment_it_is_given_and_no_input(tmp_path):
    lines: list[str] = []
    run(
        "import os, sys; print(os.getcwd(), sorted(n for n in os.environ if n == 'ORGTRAIL'), repr(sys.stdin.read()))",
        tmp_path,
        env={"ORGTRAIL": "1"},
        on_line=lines.append,
    )

    assert lines == [f"{tmp_path} ['ORGTRAIL'] ''"]


def test_a_command_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        processes.run(["no-such-command"], cwd=tmp_path, env=os.environ)


class TestAnInterruption:
    @pytest.mark.parametrize("interruption", [KeyboardInterrupt, RuntimeError])
    def test_an_interruption_ends_the_command_and_all_that_it_started_wherever_they_put_themselves(
        self, tmp_path, interruption, monkeypatch
    ):
        monkeypatch.setattr(processes, "_SECONDS_TO_STOP", 0.3)
        family: list[psutil.Process] = []

        def interrupt_once_both_run(line):
            family.append(psutil.Process(int(line)))
            if len(family) == 2:
                raise interruption

        with pytest.raises(interruption):
            run(FAMILY, tmp_path, on_line=interrupt_once_both_run)

        assert len(family) == 2
        assert until(lambda: all(map(has_ended, family)))

    def test_an_interruption_lets_a_command_clean_up_first(self, tmp_path, monkeypatch):
        # Of a busy machine's time, the command may get little.
        monkeypatch.setattr(processes, "_SECONDS_TO_STOP", LONG)
        note = tmp_path / "cleaned-up"

        def interrupt(line):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run(
                f"""
                import pathlib, signal, sys, time
                def clean_up(*_):
                    pathlib.Path({str(note)!r}).touch()
                    sys.exit()
                signal.signal(signal.SIGTERM, clean_up)
                print("ready", flush=True)
                time.sleep(600)
                """,
                tmp_path,
                on_line=interrupt,
            )

        assert note.exists()


def test_ending_a_process_that_has_ended_already_is_no_error():
    with subprocess.Popen([sys.executable, "-c", ""], text=True) as process:
        process.wait()

        processes.end(process)


def test_the_status_of_a_process_that_was_interrupted_is_its_own(tmp_path):
    """Two that wait for one process race for its status, and who loses takes it for 0: so, many times."""
    code = (
        "import signal, sys, time; signal.signal(signal.SIGINT, lambda *_: sys.exit(7)); "
        "print(1, flush=True); time.sleep(60)"
    )
    group = processes.Processes()

    def stop(_line: str) -> None:
        group.stop()

    for _ in range(20):
        assert group.run([sys.executable, "-c", code], cwd=tmp_path, env=os.environ, on_line=stop) == 7
