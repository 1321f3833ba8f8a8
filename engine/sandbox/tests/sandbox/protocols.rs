//! Who calls, and how each AWS protocol is answered.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::client::{Bench, authorization, between};

fn identity(bench: &Bench, who: &str) -> (u16, String) {
    let form = b"Action=GetCallerIdentity&Version=2011-06-15";
    let answer = bench.http("POST", "/", &[("authorization", &authorization(who, "sts"))], form);
    (answer.status, answer.text())
}

#[test]
fn who_signs_is_who_calls() {
    let bench = Bench::new();
    let (_, alice) = identity(&bench, "alice");
    assert_eq!(between(&alice, "<Arn>", "</Arn>"), "arn:aws:iam::111122223333:user/alice");
    let (_, session) = identity(&bench, &bench.assume("voter", "a.session"));
    assert_eq!(between(&session, "<Arn>", "</Arn>"), "arn:aws:sts::111122223333:assumed-role/voter/a.session");
}

#[test]
fn a_key_that_nobody_was_given_is_refused_in_each_protocols_own_words() {
    let bench = Bench::new();
    let (status, text) = identity(&bench, "ASIAAAAAAAAAAAAAAAAA");
    assert_eq!((status, between(&text, "<Code>", "</Code>")), (403, "InvalidClientTokenId"));
    let json = bench.codecommit_as("ASIAAAAAAAAAAAAAAAAA", "ListRepositories", json!({}));
    assert_eq!(json.unwrap_err(), "UnrecognizedClientException");
}

#[test]
fn a_session_keeps_its_key_which_nobody_can_guess_and_a_functions_role_is_lambdas_alone() {
    let mut bench = Bench::new();
    let key = bench.assume("voter", "voter");
    bench.drop_sandbox();
    bench.start();
    assert_eq!(bench.assume("voter", "voter"), key);
    assert_ne!(Bench::new().assume("voter", "voter"), key);
    let form = b"Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fcatcher&RoleSessionName=catcher";
    let answer = bench.http("POST", "/", &[("authorization", &authorization("alice", "sts"))], form);
    assert_eq!((answer.status, between(&answer.text(), "<Code>", "</Code>")), (403, "AccessDenied"));
}

#[test]
fn an_unsigned_call_is_refused() {
    let bench = Bench::new();
    let answer = bench.http("POST", "/", &[("x-amz-target", "CodeCommit_20150413.ListRepositories")], b"{}");
    assert_eq!(answer.status, 403);
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body["__type"], "MissingAuthenticationTokenException");
}

#[test]
fn every_answer_has_a_request_id_of_its_own() {
    let bench = Bench::new();
    let one = bench.http("GET", "/", &[], b"");
    let two = bench.http("GET", "/", &[], b"");
    assert!(one.header("x-amzn-requestid").is_some());
    assert_ne!(one.header("x-amzn-requestid"), two.header("x-amzn-requestid"));
}

#[test]
fn names_the_service_or_the_target_that_it_does_not_have() {
    let bench = Bench::new();
    let answer = bench.http("POST", "/", &[("authorization", &authorization("alice", "dynamodb"))], b"{}");
    assert!(answer.text().contains("the sandbox does not emulate the service dynamodb"), "{}", answer.text());
    let unknown = bench.json("alice", "codecommit", "CodeCommit_19990101.ListRepositories", &json!({}));
    assert_eq!(unknown.unwrap_err(), "UnknownOperationException");
}

#[test]
fn cbor_calls_are_answered_in_cbor_with_the_error_in_its_type() {
    let bench = Bench::new();
    let auth = authorization("alice", "codebuild");
    let headers =
        [("authorization", auth.as_str()), ("smithy-protocol", "rpc-v2-cbor"), ("content-type", "application/cbor")];
    let path = "/service/CodeBuild_20161006/operation/NoSuchOperation";
    let answer = bench.http("POST", path, &headers, &[0xbf, 0xff]);
    assert_eq!(answer.header("smithy-protocol"), Some("rpc-v2-cbor"));
    assert_eq!(answer.header("content-type"), Some("application/cbor"));
    assert!(answer.text().contains("__type") && answer.text().contains("NoSuchOperation"), "{}", answer.text());
    let broken = bench.http("POST", path, &headers, &[0xff]);
    assert!(broken.text().contains("SerializationException"));
}

#[test]
fn a_body_that_is_not_json_is_the_clients_fault() {
    let bench = Bench::new();
    let auth = authorization("alice", "codecommit");
    let headers = [("authorization", auth.as_str()), ("x-amz-target", "CodeCommit_20150413.ListRepositories")];
    let answer = bench.http("POST", "/", &headers, b"{");
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("SerializationException"));
}

#[test]
fn objects_are_listed_in_pages_and_folders() {
    let bench = Bench::new();
    let auth = authorization("alice", "s3");
    let signed = [("authorization", auth.as_str())];
    bench.http("PUT", "/box1", &signed, b"");
    for key in ["a/1", "a/2", "b%20c", "d"] {
        assert_eq!(bench.http("PUT", &format!("/box1/{key}"), &signed, b"x").status, 200);
    }
    let first = bench.http("GET", "/box1?list-type=2&delimiter=%2F&max-keys=2", &signed, b"").text();
    assert_eq!(between(&first, "<CommonPrefixes><Prefix>", "</Prefix>"), "a/");
    assert_eq!(between(&first, "<Contents><Key>", "</Key>"), "b c");
    let token = between(&first, "<NextContinuationToken>", "</NextContinuationToken>").replace(' ', "%20");
    let path = format!("/box1?list-type=2&delimiter=%2F&max-keys=2&continuation-token={token}");
    let second = bench.http("GET", &path, &signed, b"").text();
    assert_eq!(between(&second, "<Contents><Key>", "</Key>"), "d");
    assert_eq!(between(&second, "<IsTruncated>", "</IsTruncated>"), "false");
}

#[test]
fn a_key_cannot_leave_the_data_directory() {
    let bench = Bench::new();
    let auth = authorization("alice", "s3");
    let signed = [("authorization", auth.as_str())];
    bench.http("PUT", "/box1", &signed, b"");
    assert_eq!(bench.http("PUT", "/box1/..%2F..%2F..%2Fescaped", &signed, b"x").status, 200);
    assert_eq!(bench.http("GET", "/box1/..%2F..%2F..%2Fescaped", &signed, b"").text(), "x");
    assert!(!bench.data().parent().unwrap().join("escaped").exists());
}

#[test]
fn an_upload_that_is_not_what_its_checksum_says_is_refused_and_so_is_a_header_that_is_not_emulated() {
    let bench = Bench::new();
    let s3 = authorization("alice", "s3");
    let put = |headers: &[(&str, &str)], body: &[u8]| {
        let headers = [&[("authorization", s3.as_str())], headers].concat();
        let answer = bench.http("PUT", "/box1/a", &headers, body);
        let code =
            if answer.status == 200 { String::new() } else { between(&answer.text(), "<Code>", "</Code>").to_owned() };
        (answer.status, code)
    };
    assert_eq!(bench.http("PUT", "/box1", &[("authorization", &s3)], b"").status, 200);
    let good = (200, String::new());
    for (name, value) in [
        ("content-md5", "XUFAKrxLKna5cZ2REBfFkg=="),
        ("x-amz-checksum-sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="),
        ("x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="),
        ("x-amz-checksum-crc32", "NhCmhg=="),
    ] {
        assert_eq!(put(&[(name, value)], b"hello"), good, "{name}");
        assert_eq!(put(&[(name, value)], b"hullo"), (400, "BadDigest".to_owned()), "{name}");
        assert_eq!(put(&[(name, "?")], b"hello"), (400, "InvalidDigest".to_owned()), "{name}");
    }
    let framed = |sum: &str| format!("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:{sum}\r\n\r\n");
    let chunked = [("content-encoding", "aws-chunked"), ("x-amz-trailer", "x-amz-checksum-crc32")];
    assert_eq!(put(&chunked, framed("NhCmhg==").as_bytes()), good);
    assert_eq!(put(&chunked, framed("AAAAAA==").as_bytes()), (400, "BadDigest".to_owned()));
    let lock = put(&[("x-amz-object-lock-mode", "COMPLIANCE")], b"hello");
    assert_eq!(lock, (400, "NotImplementedException".to_owned()));
    assert_eq!(bench.http("GET", "/box1/a", &[("authorization", &s3)], b"").text(), "hello");
}

#[test]
fn an_upload_that_is_refused_before_its_body_was_read_ends_the_connection_and_says_so() {
    let bench = Bench::new();
    let s3 = authorization("alice", "s3");
    assert_eq!(bench.http("PUT", "/box1", &[("authorization", &s3)], b"").status, 200);
    let mut stream = TcpStream::connect(bench.endpoint().trim_start_matches("http://")).unwrap();
    let head = format!(
        "PUT /box1/a HTTP/1.1\r\nhost: sandbox\r\nauthorization: {s3}\r\nif-match: \"0\"\r\ncontent-length: \
         5\r\nexpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, _) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 404"), "{head}");
    assert!(head.lines().any(|line| line.eq_ignore_ascii_case("connection: close")), "{head}");
}
