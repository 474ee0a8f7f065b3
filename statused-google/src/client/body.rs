//! Bodies of answers: bounded, and unpacked where Google has packed them unasked.

use std::io::Read as _;

use flate2::read::GzDecoder;

/// A thousand apps, or a hundred tracks with long release notes in eighty languages, are a few MiB.
pub(super) const LARGEST: usize = 16 * 1024 * 1024;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The text of a body. `None`: it is damaged, or too long when unpacked.
///
/// Packed bodies are known by how they begin, since JSON never begins so: an HTTP client may have unpacked one and left
/// the header, or the other way round.
pub(super) fn unpack(body: Vec<u8>) -> Option<Vec<u8>> {
    if !body.starts_with(&GZIP) {
        return Some(body);
    }
    let mut text = Vec::new();
    // One more than is allowed shows that there is more.
    let most = u64::try_from(LARGEST).ok()? + 1;
    GzDecoder::new(body.as_slice()).take(most).read_to_end(&mut text).ok()?;
    (text.len() <= LARGEST).then_some(text)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn pack(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn packed_bodies_are_unpacked_and_others_left_alone() {
        assert_eq!(unpack(b"{}".to_vec()), Some(b"{}".to_vec()));
        assert_eq!(unpack(Vec::new()), Some(Vec::new()));
        assert_eq!(unpack(pack(b"{}")), Some(b"{}".to_vec()));
        let mut cut = pack(br#"{"releases":[]}"#);
        cut.truncate(cut.len() - 9);
        assert_eq!(unpack(cut), None);
    }

    #[test]
    fn a_small_body_that_unpacks_to_a_huge_one_is_refused() {
        assert_eq!(unpack(pack(&vec![b' '; LARGEST])).map(|text| text.len()), Some(LARGEST));
        assert_eq!(unpack(pack(&vec![b' '; LARGEST + 1])), None);
    }
}
