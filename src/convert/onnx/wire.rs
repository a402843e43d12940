//! Protocol buffers on the wire: fields with numbers, values of four kinds
//! (protobuf.dev/programming-guides/encoding).

/// The value of a field.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Bytes(&'a [u8]),
    Fixed32([u8; 4]),
}

/// Calls for every field of a message, in order. Fails with the place of what cannot be read.
pub(super) fn fields<'a>(
    message: &'a [u8],
    mut each: impl FnMut(u32, Value<'a>) -> Result<(), String>,
) -> Result<(), String> {
    let mut rest = message;
    while !rest.is_empty() {
        let at = message.len() - rest.len();
        let (field, value) =
            field(&mut rest).ok_or_else(|| format!("the message is damaged at its byte {at}"))?;
        each(field, value)?;
    }
    Ok(())
}

fn field<'a>(rest: &mut &'a [u8]) -> Option<(u32, Value<'a>)> {
    let key = varint(rest)?;
    let value = match key & 7 {
        0 => Value::Varint(varint(rest)?),
        1 => Value::Fixed64(array(rest)?),
        2 => {
            let length = usize::try_from(varint(rest)?).ok()?;
            let (bytes, after) = rest.split_at_checked(length)?;
            *rest = after;
            Value::Bytes(bytes)
        }
        5 => Value::Fixed32(array(rest)?),
        _ => return None,
    };
    Some((u32::try_from(key >> 3).ok()?, value))
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 127) << shift;
        if byte & 128 == 0 {
            return Some(number);
        }
    }
    None
}

fn array<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (array, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*array)
}

impl<'a> Value<'a> {
    pub(super) fn bytes(self) -> &'a [u8] {
        match self {
            Value::Bytes(bytes) => bytes,
            _ => &[],
        }
    }

    pub(super) fn text(self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }

    pub(super) fn integer(self) -> i64 {
        match self {
            Value::Varint(number) => number as i64,
            _ => 0,
        }
    }

    pub(super) fn float(self) -> f32 {
        match self {
            Value::Fixed32(bytes) => f32::from_le_bytes(bytes),
            _ => 0.0,
        }
    }

    /// Adds numbers of a repeated field, packed or one by one.
    pub(super) fn add_floats(self, to: &mut Vec<f64>) {
        match self {
            Value::Bytes(bytes) => to.extend(floats(bytes)),
            one => to.push(f64::from(one.float())),
        }
    }

    pub(super) fn add_doubles(self, to: &mut Vec<f64>) {
        match self {
            Value::Bytes(bytes) => to.extend(doubles(bytes)),
            Value::Fixed64(bytes) => to.push(f64::from_le_bytes(bytes)),
            _ => {}
        }
    }

    pub(super) fn add_integers(self, to: &mut Vec<i64>) {
        match self {
            Value::Bytes(mut bytes) => {
                while let Some(number) = varint(&mut bytes) {
                    to.push(number as i64);
                }
            }
            one => to.push(one.integer()),
        }
    }
}

pub(super) fn floats(bytes: &[u8]) -> impl Iterator<Item = f64> {
    let chunks = bytes.as_chunks().0.iter();
    chunks.map(|bytes| f64::from(f32::from_le_bytes(*bytes)))
}

pub(super) fn doubles(bytes: &[u8]) -> impl Iterator<Item = f64> {
    bytes
        .as_chunks()
        .0
        .iter()
        .map(|bytes| f64::from_le_bytes(*bytes))
}
