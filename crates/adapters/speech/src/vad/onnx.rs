//! The named float tensors of an ONNX file, read in place.
//!
//! An ONNX file is one Protocol Buffers message; of all that is in it only the graph's initializers are looked at.
//! The file is not trusted: every length is checked against what is left of the message that claims it, nothing is
//! allocated by a claimed length, and there is no recursion.

use std::fmt;

/// Where a graph stands in a model, an initializer in a graph, and the parts of a tensor in it (`onnx.proto`).
const MODEL_GRAPH: u64 = 7;
const GRAPH_INITIALIZER: u64 = 5;
const TENSOR_DIMS: u64 = 1;
const TENSOR_TYPE: u64 = 2;
const TENSOR_NAME: u64 = 8;
const TENSOR_RAW: u64 = 9;

/// `TensorProto.DataType.FLOAT`.
const FLOAT: u64 = 1;

/// An initializer of single-precision floats; its data are still the file's bytes.
#[derive(Debug)]
pub(super) struct Tensor<'a> {
    pub(super) name: &'a str,
    pub(super) dims: Vec<u64>,
    raw: &'a [u8],
}

impl Tensor<'_> {
    /// The values, row-major.
    pub(super) fn values(&self) -> Vec<f32> {
        self.raw.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
    }
}

/// A file that is no readable ONNX model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed {
    /// What does not hold.
    pub(super) what: &'static str,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
}

impl std::error::Error for Malformed {}

/// The float initializers in `file` whose data stand in it as raw bytes, in their order; others are passed over.
pub(super) fn tensors(file: &[u8]) -> Result<Vec<Tensor<'_>>, Malformed> {
    let mut found = Vec::new();
    for field in Fields(file) {
        if let (MODEL_GRAPH, Value::Bytes(graph)) = field? {
            for field in Fields(graph) {
                if let (GRAPH_INITIALIZER, Value::Bytes(message)) = field? {
                    found.extend(tensor(message)?);
                }
            }
        }
    }
    Ok(found)
}

fn tensor(message: &[u8]) -> Result<Option<Tensor<'_>>, Malformed> {
    let mut tensor = Tensor { name: "", dims: Vec::new(), raw: &[] };
    let mut kind = 0;
    for field in Fields(message) {
        match field? {
            (TENSOR_DIMS, Value::Number(dim)) => tensor.dims.push(dim),
            (TENSOR_DIMS, Value::Bytes(mut packed)) => {
                while !packed.is_empty() {
                    tensor.dims.push(number(&mut packed)?);
                }
            }
            (TENSOR_TYPE, Value::Number(number)) => kind = number,
            (TENSOR_NAME, Value::Bytes(name)) => {
                tensor.name = std::str::from_utf8(name).map_err(|_| Malformed { what: "a name is no text" })?;
            }
            (TENSOR_RAW, Value::Bytes(raw)) => tensor.raw = raw,
            _ => {}
        }
    }
    if kind != FLOAT || tensor.raw.is_empty() {
        return Ok(None);
    }
    let bytes = tensor.dims.iter().try_fold(4u64, |product, &dim| product.checked_mul(dim));
    if bytes != Some(tensor.raw.len() as u64) {
        return Err(Malformed { what: "a tensor's data do not fill its shape" });
    }
    Ok(Some(tensor))
}

/// One field of a message.
enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message, in order; after an error there are no more.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Result<(u64, Value<'a>), Malformed> {
        let key = number(&mut self.0)?;
        let value = match key & 7 {
            0 => Value::Number(number(&mut self.0)?),
            1 => Value::Bytes(self.bytes(8)?),
            2 => {
                let len = number(&mut self.0)?;
                Value::Bytes(self.bytes(len)?)
            }
            5 => Value::Bytes(self.bytes(4)?),
            _ => return Err(Malformed { what: "a field has an unknown kind" }),
        };
        Ok((key >> 3, value))
    }

    fn bytes(&mut self, len: u64) -> Result<&'a [u8], Malformed> {
        let split = usize::try_from(len).ok().and_then(|len| self.0.split_at_checked(len));
        let (bytes, rest) = split.ok_or(Malformed { what: "a field ends behind its message" })?;
        self.0 = rest;
        Ok(bytes)
    }
}

/// Takes a variable-length number off the front of `bytes`.
fn number(bytes: &mut &[u8]) -> Result<u64, Malformed> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or(Malformed { what: "a number is cut off" })?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Malformed { what: "a number is too long" })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A model of one tensor `w` of shape `[dim]` with `raw` data of `kind`.
    fn model(kind: u8, dim: u8, raw: &[u8]) -> Vec<u8> {
        let mut tensor = vec![1 << 3, dim, 2 << 3, kind, 8 << 3 | 2, 1, b'w', 9 << 3 | 2, raw.len() as u8];
        tensor.extend_from_slice(raw);
        let mut graph = vec![5 << 3 | 2, tensor.len() as u8];
        graph.append(&mut tensor);
        let mut model = vec![1 << 3, 8, 7 << 3 | 2, graph.len() as u8];
        model.append(&mut graph);
        model
    }

    #[test]
    fn a_float_tensor_is_found_with_its_name_shape_and_values() {
        let bytes = [1.5_f32.to_le_bytes(), (-2.0_f32).to_le_bytes()].concat();
        let file = model(1, 2, &bytes);
        let found = tensors(&file).unwrap();
        assert_eq!((found.len(), found[0].name, &found[0].dims[..]), (1, "w", &[2][..]));
        assert_eq!(found[0].values(), [1.5, -2.0]);
        assert!(tensors(&model(7, 1, &bytes)).unwrap().is_empty(), "integers are passed over");
    }

    #[test]
    fn a_shape_that_its_data_do_not_fill_is_refused() {
        assert_eq!(tensors(&model(1, 3, &[0; 8])).unwrap_err().what, "a tensor's data do not fill its shape");
    }

    #[test]
    fn a_file_cut_anywhere_or_with_any_byte_changed_is_refused_or_read_but_never_panics() {
        let file = model(1, 2, &[0; 8]);
        for len in 3..file.len() {
            assert!(tensors(&file[..len]).is_err(), "cut after {len} bytes");
        }
        for at in 0..file.len() {
            for byte in 0..=u8::MAX {
                let mut changed = file.clone();
                changed[at] = byte;
                let _ = tensors(&changed);
            }
        }
        assert!(tensors(&[0xff; 20]).is_err());
        assert!(tensors(&[2 << 3 | 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]).is_err());
    }
}
