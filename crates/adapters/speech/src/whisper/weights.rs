//! Reading a model file in the form that CTranslate2 writes: names, shapes and values, one after another.
//!
//! The file is read as it is. Opening it walks over the directory only; values are read when they are asked
//! for, so that the whole file never lies in memory at once. Nothing that the file declares is believed
//! before the file is long enough for it: a cut or garbled file is an error that says where, never a huge
//! allocation. Whether the file is the *right* one is for the model store, which knows its hash.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::LoadError;

/// The version of the container that is read here.
const VERSION: u32 = 6;
/// What a Whisper model calls itself.
const SPEC: &str = "WhisperSpec";
/// The revision of that specification that is read here.
const REVISION: u32 = 3;
/// More dimensions than any tensor of such a model has.
const RANK_MAX: usize = 4;

/// An open model file and its directory.
pub(super) struct Weights {
    path: PathBuf,
    file: BufReader<File>,
    variables: BTreeMap<String, Variable>,
}

/// Where the values of one name are.
#[derive(Debug, Clone, PartialEq)]
struct Variable {
    dims: Vec<usize>,
    kind: Kind,
    offset: u64,
    bytes: usize,
}

/// How a value is stored.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    F32,
    I8,
    I16,
    I32,
    F16,
}

impl Kind {
    fn from_code(code: u8) -> Option<Self> {
        [Self::F32, Self::I8, Self::I16, Self::I32, Self::F16].get(usize::from(code)).copied()
    }

    fn bytes(self) -> usize {
        match self {
            Self::I8 => 1,
            Self::I16 | Self::F16 => 2,
            Self::F32 | Self::I32 => 4,
        }
    }
}

impl Weights {
    /// Opens the file and reads its directory.
    pub(super) fn open(path: &Path) -> Result<Self, LoadError> {
        let file = File::open(path).map_err(|error| LoadError::from_io(path, error))?;
        let length = file.metadata().map_err(|error| LoadError::from_io(path, error))?.len();
        let mut cursor = Cursor { path, file: BufReader::new(file), at: 0, length };
        let variables = directory(&mut cursor)?;
        Ok(Self { path: path.to_owned(), file: cursor.file, variables })
    }

    /// The shape of a tensor.
    pub(super) fn dims(&self, name: &str) -> Result<&[usize], LoadError> {
        match self.variables.get(name) {
            Some(variable) => Ok(&variable.dims),
            None => Err(self.wrong(format!("it has no tensor {name}"))),
        }
    }

    /// The values of a tensor, row-major, which must have exactly the shape `dims`.
    pub(super) fn values(&mut self, name: &str, dims: &[usize]) -> Result<Vec<f32>, LoadError> {
        let found = self.dims(name)?;
        if found != dims {
            return Err(self.wrong(format!("tensor {name} has the shape {found:?} and not {dims:?}")));
        }
        let Variable { kind, offset, bytes, .. } = self.variables[name];
        let mut raw = vec![0; bytes];
        self.file
            .seek(SeekFrom::Start(offset))
            .and_then(|_| self.file.read_exact(&mut raw))
            .map_err(|error| LoadError::from_io(&self.path, error))?;
        match kind {
            Kind::F32 => Ok(raw.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()),
            Kind::F16 => Ok(raw.as_chunks::<2>().0.iter().map(|b| half_to_f32(u16::from_le_bytes(*b))).collect()),
            Kind::I8 | Kind::I16 | Kind::I32 => {
                Err(self.wrong(format!("tensor {name} is quantised; only f32 and f16 weights can be read")))
            }
        }
    }

    /// How many layers stand under `prefix`, counting `prefix/layer_0`, `prefix/layer_1`, … by `suffix`.
    pub(super) fn layers(&self, prefix: &str, suffix: &str) -> usize {
        (0..).take_while(|i| self.variables.contains_key(&format!("{prefix}/layer_{i}/{suffix}"))).count()
    }

    fn wrong(&self, what: String) -> LoadError {
        LoadError::Format { path: self.path.clone(), what }
    }
}

/// A half-precision number (IEEE 754 binary16) as single precision; exact.
fn half_to_f32(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let magnitude = u32::from(bits & 0x7fff);
    if magnitude >= 0x7c00 {
        // Infinite, or not a number.
        return f32::from_bits(sign | 0x7f80_0000 | ((magnitude & 0x3ff) << 13));
    }
    // Shifting the exponent into place leaves it 112 too small; multiplying puts that right for normal and
    // subnormal numbers alike.
    let scaled = f32::from_bits(magnitude << 13) * f32::from_bits((127 + 112) << 23);
    f32::from_bits(sign | scaled.to_bits())
}

/// The file from its beginning, with what is left of it always known.
struct Cursor<'a> {
    path: &'a Path,
    file: BufReader<File>,
    at: u64,
    length: u64,
}

impl Cursor<'_> {
    fn format(&self, what: impl Into<String>) -> LoadError {
        LoadError::Format { path: self.path.to_owned(), what: what.into() }
    }

    /// Makes sure that `bytes` more bytes are there.
    fn need(&self, bytes: u64) -> Result<(), LoadError> {
        if bytes > self.length - self.at {
            return Err(LoadError::Cut {
                path: self.path.to_owned(),
                length: self.length,
                needed: self.at.saturating_add(bytes),
            });
        }
        Ok(())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], LoadError> {
        self.need(N as u64)?;
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes).map_err(|error| LoadError::from_io(self.path, error))?;
        self.at += N as u64;
        Ok(bytes)
    }

    fn u8(&mut self) -> Result<u8, LoadError> {
        Ok(self.array::<1>()?[0])
    }

    fn u32(&mut self) -> Result<u32, LoadError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// A string: its length with the closing zero (16 bits), its bytes, the zero.
    fn string(&mut self) -> Result<String, LoadError> {
        let start = self.at;
        let length = u16::from_le_bytes(self.array()?);
        self.need(u64::from(length))?;
        let mut bytes = vec![0; usize::from(length)];
        self.file.read_exact(&mut bytes).map_err(|error| LoadError::from_io(self.path, error))?;
        self.at += u64::from(length);
        let text = match bytes.split_last() {
            Some((0, text)) => String::from_utf8(text.to_vec()).ok(),
            _ => None,
        };
        text.filter(|text| text.chars().all(|c| c.is_ascii_graphic()))
            .ok_or_else(|| self.format(format!("byte {start} should begin a name")))
    }

    fn skip(&mut self, bytes: usize) -> Result<(), LoadError> {
        self.need(bytes as u64)?;
        let step = i64::try_from(bytes).expect("no more than the file is long");
        self.file.seek_relative(step).map_err(|error| LoadError::from_io(self.path, error))?;
        self.at += bytes as u64;
        Ok(())
    }
}

/// Header, variables, aliases, and nothing after them.
fn directory(cursor: &mut Cursor<'_>) -> Result<BTreeMap<String, Variable>, LoadError> {
    let version = cursor.u32()?;
    if version != VERSION {
        return Err(cursor.format(format!("it should begin with the version {VERSION}, not {version}")));
    }
    let spec = cursor.string()?;
    if spec != SPEC {
        return Err(cursor.format(format!("it holds a {spec}, not a {SPEC}")));
    }
    let revision = cursor.u32()?;
    if revision != REVISION {
        return Err(cursor.format(format!("its revision of {SPEC} is {revision}, not {REVISION}")));
    }
    let count = cursor.u32()?;
    let mut variables = BTreeMap::new();
    for _ in 0..count {
        let name = cursor.string()?;
        let variable = variable(cursor, &name)?;
        if variables.insert(name.clone(), variable).is_some() {
            return Err(cursor.format(format!("tensor {name} stands in it twice")));
        }
    }
    for _ in 0..cursor.u32()? {
        let alias = cursor.string()?;
        let name = cursor.string()?;
        let Some(variable) = variables.get(&name).cloned() else {
            return Err(cursor.format(format!("{alias} stands for a tensor {name} that is not there")));
        };
        variables.insert(alias, variable);
    }
    if cursor.at != cursor.length {
        return Err(cursor.format(format!("{} bytes stand after its end", cursor.length - cursor.at)));
    }
    Ok(variables)
}

fn variable(cursor: &mut Cursor<'_>, name: &str) -> Result<Variable, LoadError> {
    let rank = usize::from(cursor.u8()?);
    if rank > RANK_MAX {
        return Err(cursor.format(format!("tensor {name} has {rank} dimensions")));
    }
    let mut dims = Vec::with_capacity(rank);
    for _ in 0..rank {
        dims.push(cursor.u32()? as usize);
    }
    let code = cursor.u8()?;
    let Some(kind) = Kind::from_code(code) else {
        return Err(cursor.format(format!("tensor {name} has the unknown type {code}")));
    };
    let bytes = cursor.u32()? as usize;
    let expected = dims.iter().try_fold(kind.bytes(), |product, &dim| product.checked_mul(dim));
    if expected != Some(bytes) {
        return Err(cursor.format(format!("tensor {name} of the shape {dims:?} declares {bytes} bytes")));
    }
    let offset = cursor.at;
    cursor.skip(bytes)?;
    Ok(Variable { dims, kind, offset, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(out: &mut Vec<u8>, text: &str) {
        out.extend((text.len() as u16 + 1).to_le_bytes());
        out.extend(text.as_bytes());
        out.push(0);
    }

    fn tensor(out: &mut Vec<u8>, name: &str, dims: &[u32], code: u8, data: &[u8]) {
        string(out, name);
        out.push(dims.len() as u8);
        for dim in dims {
            out.extend(dim.to_le_bytes());
        }
        out.push(code);
        out.extend((data.len() as u32).to_le_bytes());
        out.extend(data);
    }

    fn header(version: u32, spec: &str, revision: u32, count: u32) -> Vec<u8> {
        let mut out = version.to_le_bytes().to_vec();
        string(&mut out, spec);
        out.extend(revision.to_le_bytes());
        out.extend(count.to_le_bytes());
        out
    }

    /// A scalar, a matrix of f16 (1, 2, -0.5, 0), a vector of f32 (0.25, -3) and an alias.
    fn good() -> Vec<u8> {
        let mut out = header(6, "WhisperSpec", 3, 3);
        tensor(&mut out, "decoder/pre_norm", &[], 1, &[1]);
        tensor(&mut out, "encoder/layer_0/weight", &[2, 2], 4, &[0x00, 0x3c, 0x00, 0x40, 0x00, 0xb8, 0x00, 0x00]);
        let mut data = 0.25_f32.to_le_bytes().to_vec();
        data.extend((-3.0_f32).to_le_bytes());
        tensor(&mut out, "encoder/layer_1/weight", &[2], 0, &data);
        out.extend(1_u32.to_le_bytes());
        string(&mut out, "again");
        string(&mut out, "encoder/layer_1/weight");
        out
    }

    fn open(bytes: &[u8]) -> Result<Weights, LoadError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.bin");
        std::fs::write(&path, bytes).unwrap();
        Weights::open(&path)
    }

    fn refused(bytes: &[u8]) -> String {
        match open(bytes) {
            Ok(_) => panic!("the file is taken for a good one"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_good_file_gives_its_shapes_and_values() {
        let mut weights = open(&good()).unwrap();
        let matrix = weights.values("encoder/layer_0/weight", &[2, 2]).unwrap();
        assert_eq!(matrix, [1.0, 2.0, -0.5, 0.0]);
        assert_eq!(weights.values("again", &[2]).unwrap(), [0.25, -3.0]);
        assert_eq!(weights.dims("decoder/pre_norm").unwrap(), [0_usize; 0]);
        assert_eq!(weights.layers("encoder", "weight"), 2);
    }

    #[test]
    fn a_file_cut_anywhere_is_an_error_that_names_it() {
        let whole = good();
        for length in 0..whole.len() {
            match open(&whole[..length]) {
                Ok(_) => panic!("cut at {length} it is taken for whole"),
                Err(LoadError::Cut { path, .. }) => assert!(path.ends_with("model.bin")),
                Err(other) => panic!("cut at {length}: {other}"),
            }
        }
    }

    #[test]
    fn a_garbled_byte_is_an_error_or_another_value_and_never_a_panic() {
        let whole = good();
        for at in 0..whole.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] ^= flip;
                if let Ok(mut weights) = open(&bytes) {
                    let _ = weights.values("encoder/layer_0/weight", &[2, 2]);
                }
            }
        }
    }

    #[test]
    fn another_file_is_refused_with_what_it_is() {
        assert!(refused(b"PK\x03\x04 some archive").contains("version"));
        assert!(refused(&header(5, "WhisperSpec", 3, 0)).contains("not 5"));
        assert!(refused(&header(6, "TransformerSpec", 3, 0)).contains("TransformerSpec"));
        assert!(refused(&header(6, "WhisperSpec", 9, 0)).contains("not 3"));
    }

    #[test]
    fn huge_declarations_are_refused_before_anything_is_reserved() {
        let mut bytes = header(6, "WhisperSpec", 3, u32::MAX);
        assert!(matches!(open(&bytes), Err(LoadError::Cut { .. })));
        string(&mut bytes, "x");
        bytes.extend([2]);
        bytes.extend(30_000_u32.to_le_bytes());
        bytes.extend(30_000_u32.to_le_bytes());
        bytes.push(0);
        bytes.extend(3_600_000_000_u32.to_le_bytes());
        let error = open(&bytes).err().unwrap();
        assert!(matches!(error, LoadError::Cut { needed: 3_600_000_000.., .. }));
    }

    #[test]
    fn sizes_that_contradict_each_other_are_refused() {
        let mut bytes = header(6, "WhisperSpec", 3, 1);
        tensor(&mut bytes, "x", &[3], 0, &[0; 8]);
        assert!(refused(&bytes).contains("declares 8 bytes"));
        let mut bytes = header(6, "WhisperSpec", 3, 1);
        tensor(&mut bytes, "x", &[u32::MAX; 4], 0, &[0; 8]);
        assert!(refused(&bytes).contains("declares 8 bytes"));
        let mut bytes = header(6, "WhisperSpec", 3, 1);
        tensor(&mut bytes, "x", &[1; 9], 0, &[0; 4]);
        assert!(refused(&bytes).contains("9 dimensions"));
        let mut bytes = header(6, "WhisperSpec", 3, 1);
        tensor(&mut bytes, "x", &[1], 7, &[0; 4]);
        assert!(refused(&bytes).contains("unknown type 7"));
        let mut bytes = good();
        bytes.extend([0; 5]);
        assert!(refused(&bytes).contains("5 bytes stand after its end"));
    }

    #[test]
    fn a_missing_file_a_missing_tensor_and_another_shape_are_told_apart() {
        let missing = Weights::open(Path::new("nowhere/model.bin")).err().unwrap();
        assert!(matches!(missing, LoadError::Missing { .. }));
        let mut weights = open(&good()).unwrap();
        let error = weights.values("encoder/conv1/weight", &[2]).unwrap_err();
        assert!(error.to_string().contains("no tensor encoder/conv1/weight"));
        let error = weights.values("again", &[4]).unwrap_err();
        assert!(error.to_string().contains("[2] and not [4]"));
        let error = weights.values("decoder/pre_norm", &[]).unwrap_err();
        assert!(error.to_string().contains("quantised"));
    }

    #[test]
    fn half_precision_is_read_exactly() {
        let cases = [
            (0x0000, 0.0),
            (0x0001, 5.960_464_5e-8),
            (0x03ff, 6.097_555e-5),
            (0x0400, 6.103_515_6e-5),
            (0x3555, 0.333_251_95),
            (0x7bff, 65_504.0),
            (0xc000, -2.0),
            (0x7c00, f32::INFINITY),
        ];
        for (bits, value) in cases {
            assert_eq!(half_to_f32(bits), value, "{bits:#06x}");
        }
        assert!(half_to_f32(0x7e00).is_nan());
    }
}
