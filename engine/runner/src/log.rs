//! Cuts the output of a build into lines for the log, with the values of secrets replaced. It holds at most one line,
//! never the output as a whole, and takes bytes as they come, whether they are UTF-8 or not.

/// Longest line that is passed on in one piece, in bytes; a longer one comes in several pieces.
pub const MAX_LINE: usize = 64 * 1024;

/// Shortest line of a secret of several lines that is replaced: a lone `}` is no secret.
const SHORTEST_PART: usize = 4;

/// Bytes in, lines out.
#[derive(Debug)]
pub(crate) struct Lines {
    line: Vec<u8>,
    /// Longest first, so that a secret that contains another is replaced whole.
    secrets: Vec<Vec<u8>>,
}

impl Lines {
    /// *Documented*: values from Parameter Store and Secrets Manager appear as `***` in the log.
    pub(crate) fn new<'s>(secrets: impl Iterator<Item = &'s str>) -> Self {
        let mut parts: Vec<Vec<u8>> = secrets.flat_map(parts).map(|part| part.as_bytes().to_vec()).collect();
        parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
        parts.dedup();
        Self { line: Vec::new(), secrets: parts }
    }

    /// Takes output and passes on every line that it completes, without its line feed.
    pub(crate) fn push(&mut self, bytes: &[u8], sink: &mut dyn FnMut(&[u8])) {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.extend(&rest[..end], sink);
            self.emit(sink);
            rest = &rest[end + 1..];
        }
        self.extend(rest, sink);
    }

    /// Passes on a line that has no line feed yet, when there is one.
    pub(crate) fn flush(&mut self, sink: &mut dyn FnMut(&[u8])) {
        if !self.line.is_empty() {
            self.emit(sink);
        }
    }

    /// A text of the build's own, with the values of secrets replaced.
    pub(crate) fn without_secrets(&self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        replace(&self.secrets, &mut bytes, 0);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn extend(&mut self, bytes: &[u8], sink: &mut dyn FnMut(&[u8])) {
        // What stays behind a cut must be long enough for a secret that has only begun to arrive.
        let kept = self.secrets.first().map_or(0, Vec::len);
        for piece in bytes.chunks(MAX_LINE) {
            self.line.extend_from_slice(piece);
            if self.line.len() > MAX_LINE + kept {
                replace(&self.secrets, &mut self.line, kept);
            }
            // Asked anew: with the secrets replaced, the line may be short again, and its end must wait for more.
            while self.line.len() > MAX_LINE + kept {
                sink(&self.line[..MAX_LINE]);
                self.line.drain(..MAX_LINE);
            }
        }
    }

    fn emit(&mut self, sink: &mut dyn FnMut(&[u8])) {
        replace(&self.secrets, &mut self.line, 0);
        if self.line.is_empty() {
            sink(&[]);
        }
        self.line.chunks(MAX_LINE).for_each(sink);
        self.line.clear();
    }
}

/// Replaces each secret that is followed by enough bytes, itself included, that no longer one can have begun there.
fn replace(secrets: &[Vec<u8>], text: &mut Vec<u8>, enough: usize) {
    for secret in secrets {
        let mut from = 0;
        while let Some(at) = find(&text[from..], secret) {
            let start = from + at;
            if text.len() - start < enough {
                break;
            }
            text.splice(start..start + secret.len(), *b"***");
            from = start + 3;
        }
    }
}

fn parts(secret: &str) -> impl Iterator<Item = &str> {
    let shortest = if secret.contains('\n') { SHORTEST_PART } else { 1 };
    secret.split('\n').filter(move |part| part.len() >= shortest)
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

/// A line of CodeBuild's own: `[Container] 2024/04/21 21:06:52.675129 Running command ls` (*recorded*).
pub(crate) fn container(now_ms: u64, text: &str) -> String {
    let (days, day_ms) = (now_ms / 86_400_000, now_ms % 86_400_000);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (day_ms / 3_600_000, day_ms / 60_000 % 60, day_ms / 1000 % 60);
    let micros = day_ms % 1000 * 1000;
    format!("[Container] {year:04}/{month:02}/{day:02} {hour:02}:{minute:02}:{second:02}.{micros:06} {text}\n")
}

/// Year, month and day of a number of days since 1970-01-01, by counting 400-year cycles from a 1 March.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(secrets: &[&str], pieces: &[&[u8]]) -> Vec<Vec<u8>> {
        let (mut log, mut seen) = (Lines::new(secrets.iter().copied()), Vec::new());
        for piece in pieces {
            log.push(piece, &mut |line| seen.push(line.to_vec()));
        }
        log.flush(&mut |line| seen.push(line.to_vec()));
        seen
    }

    #[test]
    fn passes_on_lines_whatever_the_pieces_were() {
        assert_eq!(lines(&[], &[b"a", b"b\n\nc", b"\xff\r\n"]), [&b"ab"[..], b"", b"c\xff\r"]);
    }

    #[test]
    fn replaces_a_secret_that_arrives_across_a_cut() {
        let mut output = vec![b'x'; MAX_LINE - 3];
        output.extend_from_slice(b"s3cr3t-value and more\n");
        let pieces: Vec<&[u8]> = output.chunks(1000).collect();
        let all = lines(&["s3cr3t-value"], &pieces).concat();
        assert_eq!(all.len(), MAX_LINE - 3 + "*** and more".len());
        assert!(all.ends_with(b"x*** and more"));
    }

    #[test]
    fn a_secret_that_has_only_begun_to_arrive_stays_behind_when_the_line_shrinks() {
        let secret = "s3cr3t-value";
        let full = secret.repeat(MAX_LINE / secret.len());
        let begun = format!("{secret}{secret}s3cr3t");
        assert!(full.len() + begun.len() > MAX_LINE + secret.len(), "the line must be cut before the rest arrives");
        let all = lines(&[secret], &[full.as_bytes(), begun.as_bytes(), b"-value\n"]).concat();
        assert!(all == b"***".repeat(MAX_LINE / secret.len() + 3), "{} bytes, one of them not a star", all.len());
    }

    #[test]
    fn a_secret_that_begins_a_longer_one_is_not_replaced_before_the_longer_one_could_have_arrived() {
        let output = "x".repeat(MAX_LINE + 9) + "s3cr";
        let all = lines(&["s3cr", "s3cr3t-value"], &[output.as_bytes(), b"3t-value and s3cr\n"]).concat();
        assert!(all.ends_with(b"xx*** and ***"), "{}", String::from_utf8_lossy(&all[all.len() - 40..]));
    }

    #[test]
    fn replaces_each_line_of_a_key_but_not_its_lone_brace() {
        assert_eq!(lines(&["begin\n}\nend-of-it"], &[b"} begin end-of-it\n"]), [b"} *** ***"]);
    }

    #[test]
    fn dates_its_own_lines_as_code_build_does() {
        assert_eq!(container(1_713_733_612_675, "x"), "[Container] 2024/04/21 21:06:52.675000 x\n");
        assert_eq!(container(951_782_400_000, "x"), "[Container] 2000/02/29 00:00:00.000000 x\n");
    }
}
