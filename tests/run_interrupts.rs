//! What is left when `gated run` is interrupted, at every moment of it: nothing, but for what it has to say.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crate::run_locally::{everything, project, script};
use crate::support::{git, stderr, stdout};

/// A run that is about to be interrupted.
struct Interrupted {
    project: tempfile::TempDir,
    /// What stands beside the project: its temporary directory, and the places where it waits.
    place: tempfile::TempDir,
}

impl Interrupted {
    fn of(test: &str) -> Self {
        let (project, place) = (project(test), tempfile::tempdir().unwrap());
        fs::create_dir(place.path().join("tmp")).unwrap();
        Self { project, place }
    }

    /// Two processes meet at its ends, so that nobody has to wait by the clock.
    fn fifo(&self, path: &Path) -> PathBuf {
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
        path.to_owned()
    }

    /// A git that says its process id and waits for ever where it is asked for this.
    fn git_that_waits(&self, asked: &str) -> PathBuf {
        let reached = self.fifo(&self.place.path().join("reached"));
        let path = std::env::var("PATH").unwrap();
        let text = format!(
            "#!/bin/bash\nPATH='{path}'\ncase \" $* \" in *' {asked} '*) echo $$ >'{}'; exec sleep 1000;; esac\nexec git \"$@\"\n",
            reached.display()
        );
        fs::create_dir(self.place.path().join("bin")).unwrap();
        let git = self.place.path().join("bin/git");
        fs::write(&git, text).unwrap();
        fs::set_permissions(&git, fs::Permissions::from_mode(0o755)).unwrap();
        reached
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let path = format!("{}:{}", self.place.path().join("bin").display(), std::env::var("PATH").unwrap());
        // Whoever runs the tests may have hang-ups ignored.
        Command::new("env")
            .args(["--default-signal=HUP", env!("CARGO_BIN_EXE_gated"), "run"])
            .args(arguments)
            .current_dir(self.project.path())
            .env("PATH", path)
            .env("TMPDIR", self.place.path().join("tmp"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    fn is_nothing_left(&self) -> bool {
        fs::read_dir(self.place.path().join("tmp")).unwrap().next().is_none()
    }
}

fn kill(signal: &str, child: Child) -> Output {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    child.wait_with_output().unwrap()
}

fn lives(pid: &str) -> bool {
    let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !state.is_empty() && !state.contains(") Z ")
}

#[test]
fn an_interrupt_before_the_build_leaves_no_process_and_no_directory() {
    let cases = [
        ("cat-file", &[][..], "-INT", 130),
        ("status", &[], "-HUP", 129),
        ("for-each-ref", &[], "-TERM", 143),
        ("read-tree", &[], "-INT", 130),
        ("merge", &["--merge"], "-TERM", 143),
        ("add", &["--dirty"], "-INT", 130),
        ("ls-tree", &[], "-TERM", 143),
    ];
    for (asked, arguments, signal, code) in cases {
        let run = Interrupted::of("#!/bin/sh\ntouch /nonexistent/proof\n");
        git(run.project.path(), &["status"]);
        let (reached, before) = (run.git_that_waits(asked), everything(run.project.path()));
        let child = run.start(arguments);
        let waiting = fs::read_to_string(reached).unwrap();
        assert!(lives(waiting.trim()), "{asked}");
        let output = kill(signal, child);
        let err = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{asked}: {err}");
        assert!(err.contains("interrupted: no stage was run") && !err.contains("==> stage"), "{asked}: {err}");
        assert!(!lives(waiting.trim()) && run.is_nothing_left(), "{asked}: {err}");
        assert!(before == everything(run.project.path()), "{asked}");
    }
}

#[test]
fn an_interrupt_after_the_build_leaves_no_directory_and_says_what_is_not_known() {
    let run = Interrupted::of(&script(&[], 5));
    fs::create_dir(run.project.path().join(".git/gated")).unwrap();
    let remembered = run.fifo(&run.project.path().join(".git/gated/last-run.json"));
    let child = run.start(&[]);
    // It reads this once the build is over, and waits for what is never written.
    let _open = fs::OpenOptions::new().write(true).open(remembered).unwrap();
    let output = kill("-TERM", child);
    assert_eq!(output.status.code(), Some(143), "{}", stderr(&output));
    assert!(stderr(&output).contains("what they left was not judged"), "{}", stderr(&output));
    assert!(run.is_nothing_left());
}

#[test]
fn a_second_interrupt_kills_a_build_that_does_not_end() {
    let run = Interrupted::of("#!/bin/bash\ntrap '' TERM\necho $$ >\"$REACHED\"\nwhile :; do sleep 1000; done\n");
    let reached = run.fifo(&run.place.path().join("reached"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_gated"))
        .arg("run")
        .current_dir(run.project.path())
        .envs([("TMPDIR", &run.place.path().join("tmp")), ("REACHED", &reached)])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stage = fs::read_to_string(&reached).unwrap();
    let ask = |child: &Child| Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(ask(&child).success());
    let (mut err, mut said) = (child.stderr.take().unwrap(), Vec::new());
    while !String::from_utf8_lossy(&said).contains("once more kills it") {
        let mut byte = [0];
        assert_eq!(err.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&said));
        said.extend(byte);
    }
    assert!(ask(&child).success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!lives(stage.trim()) && run.is_nothing_left());
}

#[test]
fn nohup_is_respected() {
    let run = Interrupted::of(&script(&[], 5));
    let reached = run.git_that_waits("read-tree");
    let text = fs::read_to_string(run.place.path().join("bin/git")).unwrap();
    fs::write(run.place.path().join("bin/git"), text.replace("exec sleep 1000;;", "read -r <\"$GO\";;")).unwrap();
    let go = run.fifo(&run.place.path().join("go"));
    let child = Command::new("sh")
        .args(["-c", "trap '' HUP; exec \"$0\" run", env!("CARGO_BIN_EXE_gated")])
        .current_dir(run.project.path())
        .env("PATH", format!("{}:{}", run.place.path().join("bin").display(), std::env::var("PATH").unwrap()))
        .envs([("TMPDIR", &run.place.path().join("tmp")), ("GO", &go)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    fs::read_to_string(reached).unwrap();
    assert!(Command::new("kill").args(["-HUP", &child.id().to_string()]).status().unwrap().success());
    fs::write(go, "go\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("It would pass"));
}
