//! Packed charts (`charts/x-1.0.tgz`), opened in memory. Nothing of them is written anywhere: the paths of their files
//! are names for reports.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use stockade_analysis::{Input, Role};
use stockade_source::decode;

/// How big a packed chart may be, and how much bigger what it holds.
const MAX_PACKED: u64 = 16 * 1024 * 1024;
const MAX_RATIO: u64 = 200;
/// The ratio of what holds less does not matter.
const MIN_UNPACKED: u64 = 1024 * 1024;
/// How much one may hold, and how many files.
const MAX_UNPACKED: u64 = 64 * 1024 * 1024;
const MAX_FILES: usize = 10_000;
/// Bigger files in it are passed over.
const MAX_FILE: u64 = 1024 * 1024;
/// How many charts may lie packed in one another.
const MAX_DEPTH: usize = 3;

/// Whether a file of a chart is another one, packed.
pub(crate) fn is_one(path: &str) -> bool {
    let Some((folder, name)) = path.rsplit_once('/') else { return false };
    name.ends_with(".tgz") && (folder == "charts" || folder.ends_with("/charts"))
}

/// The files of a packed chart as files below `name`. `left` is how many bytes may still be unpacked.
///
/// # Errors
/// When it cannot be read whole; the message says why.
pub(crate) fn open(path: &Path, name: &str, left: &mut u64) -> Result<Vec<Input>, String> {
    let mut packed = vec![];
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(MAX_PACKED + 1).read_to_end(&mut packed).map_err(|error| error.to_string())?;
    let mut out = vec![];
    unpack(&packed, name, left, MAX_DEPTH, &mut out)?;
    Ok(out)
}

fn unpack(packed: &[u8], name: &str, left: &mut u64, depth: usize, out: &mut Vec<Input>) -> Result<(), String> {
    if packed.len() as u64 > MAX_PACKED || depth == 0 {
        return Err("a packed chart that is too big".into());
    }
    let size = (packed.len() as u64).saturating_mul(MAX_RATIO).clamp(MIN_UNPACKED, MAX_UNPACKED).min(*left);
    let mut stream = Bounded { inner: MultiGzDecoder::new(packed), left: size };
    let result = members(&mut stream, name, left, depth, out);
    *left = left.saturating_sub(size - stream.left);
    result
}

fn members(
    stream: &mut impl Read,
    name: &str,
    left: &mut u64,
    depth: usize,
    out: &mut Vec<Input>,
) -> Result<(), String> {
    let fail = |error: io::Error| format!("a packed chart that cannot be read: {error}");
    let mut archive = tar::Archive::new(stream);
    let (mut listed, mut inner) = (vec![], vec![]);
    for member in archive.entries().map_err(fail)? {
        let member = member.map_err(fail)?;
        if !member.header().entry_type().is_file() {
            continue;
        }
        let path = String::from_utf8(member.path_bytes().into_owned()).map_err(|_| "a path that is not UTF-8")?;
        let path = path.strip_prefix("./").unwrap_or(&path).to_owned();
        let plain = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
        if !plain || path.contains(|c: char| c.is_control() || c == '\\') {
            return Err("a packed chart with a path that leads elsewhere".into());
        }
        if listed.len() >= MAX_FILES {
            return Err(format!("a packed chart of more than {MAX_FILES} files"));
        }
        let packed = is_one(&path);
        let mut bytes = vec![];
        let limit = if packed { MAX_PACKED } else { MAX_FILE };
        member.take(limit + 1).read_to_end(&mut bytes).map_err(fail)?;
        if packed {
            inner.push((path.clone(), bytes));
        } else if bytes.len() as u64 <= limit {
            let decoded = decode(bytes);
            let text = if decoded.invalid.is_some() { "".into() } else { decoded.text.into() };
            out.push(Input { path: format!("{name}/{path}"), text, invalid: decoded.invalid, role: Role::Named });
        }
        listed.push(path);
    }
    listed.sort_unstable();
    listed.dedup();
    out.push(Input { path: name.to_owned(), text: listed.join("\n").into(), invalid: None, role: Role::Folder });
    for (path, bytes) in inner {
        unpack(&bytes, &format!("{name}/{path}"), left, depth - 1, out)?;
    }
    Ok(())
}

/// A stream that fails where it is longer than it may be.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            // At its very end it is not too long.
            return match self.inner.read(&mut [0])? {
                0 => Ok(0),
                _ => Err(io::Error::other("it holds too much")),
            };
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.inner.read(&mut buffer[..most])?;
        self.left -= read as u64;
        Ok(read)
    }
}
