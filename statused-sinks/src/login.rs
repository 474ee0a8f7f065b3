//! Logins that stand in addresses.

/// What a percent-encoded part of an address stands for. `None` if it is no UTF-8.
pub(crate) fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        bytes.push(if byte == b'%' {
            u8::try_from(digit(rest.next())? * 16 + digit(rest.next())?).ok()?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_addresses_are_decoded() {
        for (text, decoded) in
            [("a%40b", Some("a@b")), ("%C3%A9%2d", Some("é-")), ("plain", Some("plain")), ("", Some(""))]
        {
            assert_eq!(percent_decoded(text).as_deref(), decoded, "{text}");
        }
        for wrong in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(percent_decoded(wrong), None, "{wrong}");
        }
    }
}
