//! Whether a model file is a whole ONNX file, before it is handed to the runtime.
//!
//! ONNX is Protocol Buffers. The runtime's reader (`rten-onnx` 0.27) loops for ever on a number of more than ten bytes,
//! which a cut or overwritten file easily holds, so the file's outline is walked here first: every field of the model,
//! its graph, and the graph's nodes and tensors has to end where it says. To be removed when the reader refuses such
//! numbers. It knows nothing of what the fields mean.

/// A kind of message and the fields in it that are messages themselves.
#[derive(Clone, Copy)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
}

impl Message {
    /// The kind of a field's message, if the field is one that is walked. Numbers from the ONNX format.
    fn inside(self, field: u64) -> Option<Self> {
        match (self, field) {
            (Self::Model, 7) | (Self::Attribute, 6) => Some(Self::Graph),
            (Self::Graph, 1) => Some(Self::Node),
            (Self::Graph | Self::Attribute, 5) => Some(Self::Tensor),
            (Self::Node, 5) => Some(Self::Attribute),
            _ => None,
        }
    }

    /// Whether a field holds packed numbers of variable length.
    fn is_packed(self, field: u64) -> bool {
        matches!((self, field), (Self::Tensor, 1 | 5 | 7 | 11) | (Self::Attribute, 8))
    }
}

/// Walks a file; the reason it is no whole model is a fragment for people.
pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    if bytes.is_empty() {
        return Err("it is empty".to_owned());
    }
    walk(bytes, Message::Model, 0)
}

/// Graphs inside graphs beyond this are no speech model.
const DEPTH_MAX: usize = 16;

fn walk(mut rest: &[u8], message: Message, depth: usize) -> Result<(), String> {
    let cut = || "it is cut or garbled".to_owned();
    if depth > DEPTH_MAX {
        return Err(cut());
    }
    while !rest.is_empty() {
        let tag = number(&mut rest).ok_or_else(cut)?;
        let field = tag >> 3;
        let len = match tag & 7 {
            0 => number(&mut rest).map(|_| 0),
            1 => Some(8),
            2 => number(&mut rest).and_then(|len| usize::try_from(len).ok()),
            5 => Some(4),
            _ => None,
        };
        let (value, after) = len.filter(|_| field > 0).and_then(|len| rest.split_at_checked(len)).ok_or_else(cut)?;
        rest = after;
        if tag & 7 != 2 {
            continue;
        }
        if let Some(inside) = message.inside(field) {
            walk(value, inside, depth + 1)?;
        } else if message.is_packed(field) {
            let mut numbers = value;
            while !numbers.is_empty() {
                number(&mut numbers).ok_or_else(cut)?;
            }
        }
    }
    Ok(())
}

/// The next number of variable length: seven bits a byte, ten bytes at most.
fn number(rest: &mut &[u8]) -> Option<u64> {
    let len = rest.iter().take(10).position(|byte| byte & 0x80 == 0)? + 1;
    let (bytes, after) = rest.split_at(len);
    *rest = after;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 7 | u64::from(byte & 0x7f)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field that holds bytes.
    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, bytes.len() as u8], bytes].concat()
    }

    #[test]
    fn an_outline_in_which_every_field_ends_is_taken() {
        let tensor = [field(1, &[3, 0x80, 1]), field(9, &[0xff; 40])].concat();
        let graph = field(7, &field(5, &tensor));
        assert_eq!(check(&[vec![8, 7], graph].concat()), Ok(()));
    }

    #[test]
    fn cut_and_endless_fields_are_refused() {
        let whole = field(7, &field(5, &field(9, &[1; 40])));
        for keep in 0..whole.len() {
            assert!(check(&whole[..keep]).is_err(), "{keep} bytes");
        }
        assert!(check(&[0xff; 64]).is_err());
        assert!(check(&[0; 64]).is_err());
        assert!(check(&field(7, &field(5, &field(1, &[0xff; 20])))).is_err());
    }
}
