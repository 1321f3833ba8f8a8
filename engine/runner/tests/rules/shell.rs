//! What a command may do to the shell and to the commands after it.

use gated_runner::BuildStatus;

use crate::support::{Bench, phases};

/// Each of these in both shells, as the build phase of a buildspec.
async fn both(commands: &str) -> Vec<(&'static str, BuildStatus, Vec<String>, String)> {
    let mut all = Vec::new();
    for shell in ["bash", "/bin/sh"] {
        let spec = format!("version: 0.2\nenv: {{shell: {shell}}}\nphases:\n  build:\n    commands:\n{commands}");
        let (outcome, heard) = Bench::new().run(&spec).await;
        all.push((shell, outcome.status, heard.output(), heard.log()));
    }
    all
}

#[tokio::test]
async fn a_heredoc_and_a_block_of_lines_are_run_as_in_a_script() {
    let commands = r#"
      - |
        word="a 'b' \"c\""
        cat > out <<EOF
        $word $(echo d) `echo e`
        \$HOME }
        EOF
        if true; then
          echo block >> out
        fi
      - "cat >> out <<'X'\n$raw 'quotes\"\nX"
      - "cat >> out <<X\nno line feed at the end\nX"
      - sed 's/^/> /' out
"#;
    for (shell, status, output, log) in both(commands).await {
        assert_eq!(status, BuildStatus::Succeeded, "{shell}: {log}");
        let expected = ["a 'b' \"c\" d e", "$HOME }", "block", "$raw 'quotes\"", "no line feed at the end"];
        assert_eq!(output, expected, "{shell}");
    }
}

#[tokio::test]
async fn a_carriage_return_is_a_character_as_in_a_script() {
    for (shell, status, output, log) in both("      - \"x='a\\r'; echo \\\"> ${#x}\\\"\\necho '> b'\"\n").await {
        assert_eq!((status, output), (BuildStatus::Succeeded, vec!["2".to_owned(), "b".to_owned()]), "{shell}: {log}");
    }
}

#[tokio::test]
async fn unbalanced_quotes_fail_their_own_command_and_swallow_nothing() {
    let spec = r#"
version: 0.2
phases:
  build:
    commands: ['export KEPT=1; kept=2', 'echo "unbalanced', 'echo "> never"']
    finally: ["echo \"> $KEPT $kept it's fine\""]
  post_build:
    commands: ['if true; then']
    finally: ['echo "> still here"']
"#;
    for shell in ["bash", "/bin/sh"] {
        let (outcome, heard) =
            Bench::new().run(&spec.replace("phases:", &format!("env: {{shell: {shell}}}\nphases:"))).await;
        assert_eq!(heard.output(), ["1 2 it's fine", "still here"], "{shell}: {}", heard.log());
        assert_eq!(phases(&outcome)[2..], ["BUILD FAILED", "POST_BUILD FAILED"]);
        assert_eq!(
            outcome.phases[2].contexts[0].message,
            "Error while executing command: echo \"unbalanced. Reason: exit status 2"
        );
    }
}

#[tokio::test]
async fn a_command_that_ends_the_shell_gives_its_exit_status_and_the_next_finds_variables_and_directory() {
    let ends = [
        ("exit 0", None),
        ("exit 3", Some(3)),
        ("exec true", None),
        ("exec sh -c 'exit 4'", Some(4)),
        ("kill -9 $$", Some(137)),
        ("set -e; (exit 5)", Some(5)),
    ];
    for shell in ["bash", "/bin/sh"] {
        for (end, expected) in ends {
            let spec = format!(
                r#"
version: 0.2
env: {{shell: {shell}}}
phases:
  build:
    commands:
      - mkdir sub; cd sub; export KEPT="it's
         kept"
      - |
        export LOST=1
        {end}
    finally: ['echo "> $KEPT ${{PWD##*/}} ${{LOST-unset}}"']
"#
            );
            let (outcome, heard) = Bench::new().run(&spec).await;
            let found = outcome.phases[2]
                .contexts
                .first()
                .map(|context| context.message.rsplit(' ').next().unwrap().to_owned());
            assert_eq!(found, expected.map(|code| code.to_string()), "{shell}: {end}\n{}", heard.log());
            assert_eq!(heard.output(), ["it's kept sub unset"], "{shell}: {end}\n{}", heard.log());
            assert_eq!(heard.shells.len(), 2);
        }
    }
}

#[tokio::test]
async fn the_exit_trap_runs_at_the_end_and_its_output_is_logged() {
    for (shell, status, output, log) in both("      - trap 'echo \"> trapped\"' EXIT\n      - echo '> last'\n").await {
        assert_eq!(
            (status, output),
            (BuildStatus::Succeeded, vec!["last".to_owned(), "trapped".to_owned()]),
            "{shell}: {log}"
        );
    }
}

#[tokio::test]
async fn shell_options_of_one_command_do_not_lose_the_exit_status_of_the_next() {
    for options in ["set -x", "set -u", "set -C", "set -ex", "set -v"] {
        for (shell, status, output, log) in
            both(&format!("      - {options}\n      - echo '> on'\n      - (exit 6) || (exit 9)\n")).await
        {
            assert_eq!((status, output), (BuildStatus::Failed, vec!["on".to_owned()]), "{shell}: {options}: {log}");
            assert!(log.contains("(exit 6) || (exit 9) exit status 9\n"), "{shell}: {options}: {log}");
            assert!(
                !log.contains("+ builtin printf") && !log.contains("+ command printf"),
                "{shell}: {options}: {log}"
            );
        }
    }
}

#[tokio::test]
async fn break_return_and_functions_named_like_builtins_touch_no_later_command() {
    let commands = "      - break; true\n      - printf() { return 1; }; echo() { return 1; }; true\n      - return 0\n      - 'false'\n";
    for (shell, status, _, log) in both(commands).await {
        assert_eq!(status, BuildStatus::Failed, "{shell}: {log}");
        assert!(log.contains("Command did not exit successfully false exit status 1\n"), "{shell}: {log}");
    }
}

#[tokio::test]
async fn standard_input_of_a_command_is_empty() {
    for (shell, status, output, log) in
        both("      - cat; read line; echo \"> [$line]\"\n      - echo '> next'\n").await
    {
        assert_eq!(
            (status, output),
            (BuildStatus::Succeeded, vec!["[]".to_owned(), "next".to_owned()]),
            "{shell}: {log}"
        );
    }
}

#[tokio::test]
async fn a_program_inherits_no_descriptor_but_the_standard_ones() {
    // `ls` itself opens the directory that it lists; /dev/fd of the shell's child shows what was inherited.
    let commands = "      - env -i PATH=\"$PATH\" sh -c 'for fd in 3 4 5 6 7 8 9 10 11 12 13 255; do [ -e /proc/self/fd/$fd ] && readlink /proc/$$/fd/$fd; done; echo \"> listed\"' | grep -v /proc/ | grep -e pipe -e listed\n";
    for (shell, status, output, log) in both(commands).await {
        assert_eq!((status, output), (BuildStatus::Succeeded, vec!["listed".to_owned()]), "{shell}: {log}");
        assert!(!log.contains("pipe:["), "{shell}: {log}");
    }
}

#[tokio::test]
async fn a_status_written_to_the_usual_descriptors_forges_nothing() {
    let commands = "      - for fd in 3 4 5 6 7 8 9; do sh -c \"echo 'x 0' >&$fd\" 2>/dev/null; echo 'x 0' >&$fd; done 2>/dev/null; false\n      - echo '> never'\n";
    for (shell, status, output, log) in both(commands).await {
        assert_eq!((status, output.len()), (BuildStatus::Failed, 0), "{shell}: {log}");
    }
}

#[tokio::test]
async fn nothing_of_the_hosts_own_environment_reaches_a_build() {
    assert!(std::env::vars().any(|(name, _)| name.starts_with("CARGO")), "the tests' own environment is rich");
    for (shell, _, output, log) in both("      - env | sed 's/=.*//; s/^/> /'\n").await {
        let mut names = output;
        names.retain(|name| !["_", "SHLVL", "OLDPWD"].contains(&name.as_str()));
        names.sort();
        let expected = [
            "CODEBUILD_BUILD_SUCCEEDING",
            "CODEBUILD_RUNNER_MARKER",
            "CODEBUILD_SRC_DIR",
            "HOME",
            "LANG",
            "PATH",
            "PWD",
        ];
        assert_eq!(names, expected, "{shell}: {log}");
    }
}
