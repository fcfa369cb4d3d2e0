"""What real, interactive shells make of a line and a key: bash and zsh on a terminal, fish by its own `complete -C`."""
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import time

import pytest
from patience import PATIENCE_S

LINE_START, LINE_END = b"\x01", b"\x05"


class Shell:
    """A shell on a terminal; `insert_all` is the key that puts every candidate into the line."""

    def __init__(self, argv, environment, cwd, prepare, insert_all):
        self.insert_all = insert_all
        self.heard = b""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execvpe(argv[0], argv, environment)
        self.send(prepare + b"; echo RE''ADY\n")
        self.wait(rb"READY\r?\n")

    def send(self, data):
        os.write(self.terminal, data)

    def wait(self, pattern):
        end = time.monotonic() + PATIENCE_S
        while not re.search(pattern, self.heard, re.S):
            if time.monotonic() > end:
                raise AssertionError("the shell said nothing of the kind: %r" % self.heard[-2000:])
            if select.select([self.terminal], [], [], 0.1)[0]:
                self.heard += os.read(self.terminal, 65536)
        match = re.search(pattern, self.heard, re.S)
        self.heard = self.heard[match.end():]
        return match

    def complete(self, line):
        """The candidates for the last word of `line`; the word itself where there are none."""
        # The line becomes an argument list, which is printed word by word.
        self.send(line.encode() + self.insert_all + LINE_START + b"printf '<%s>' ST''ART " + LINE_END + b" EN''D\n")
        found = self.wait(rb"<START>(.*)<END>").group(1).decode()
        return re.findall(r"<([^<>]*)>", found)[line.count(" "):]

    def close(self):
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


def environment(home):
    return {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "dumb", "LC_ALL": "C.UTF-8", "COLUMNS": "4000",
            "INPUTRC": "/dev/null", "PS1": "> ", "HISTFILE": "/dev/null"}


def need(program):
    if not shutil.which(program):
        pytest.skip("%s is not installed: its completion was not tried" % program)


def bash(script, home, package):
    """With the bash-completion package, or without."""
    need("bash")
    prepare = b"bind 'set bell-style none'; bind 'set enable-bracketed-paste off'"
    if package:
        loader = pathlib.Path("/usr/share/bash-completion/bash_completion")
        if not loader.exists():
            pytest.skip("bash-completion is not installed: completion was tried without it alone")
        prepare += b"; . %s" % bytes(loader)
    return Shell(["bash", "--norc", "--noprofile", "-i"], environment(home), home,
                 prepare + b"; . '%s'" % bytes(script), b"\x1b*")


def zsh(script, home):
    need("zsh")
    prepare = (b"fpath=('%s' $fpath); autoload -Uz compinit; compinit -u -D; bindkey -e; setopt no_beep;"
               b" unset zle_bracketed_paste; LISTMAX=10000;"
               b" zle -C all-matches complete-word _generic; bindkey '^Xa' all-matches;"
               b" zstyle ':completion:all-matches:*' completer _all_matches _complete;"
               b" zstyle ':completion:*' insert yes" % bytes(script.parent))
    return Shell(["zsh", "-f", "-i"], environment(home), home, prepare, b"\x18a")


class Fish:
    def __init__(self, script, home):
        need("fish")
        self.script, self.home = script, home

    def described(self, line):
        """{candidate: description}"""
        done = subprocess.run(["fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", self.script, line],
                              cwd=self.home, env=environment(self.home), capture_output=True, text=True, timeout=PATIENCE_S)
        assert done.stderr == ""
        return dict((row + "\t").split("\t")[:2] for row in done.stdout.splitlines())

    def complete(self, line):
        return list(self.described(line)) or [line.rsplit(" ", 1)[1]]

    def close(self):
        pass
