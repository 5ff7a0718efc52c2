//! Limits on untrusted XML. Each is checked before the work that it limits.

/// Longest document, in bytes after base64: about a response with 1,500 groups.
pub(crate) const DOCUMENT: usize = 256 * 1024;
/// Longest base64 text of a document, in bytes, white space included.
pub(crate) const ENCODED: usize = 512 * 1024;
/// Levels of elements, the root included.
pub(crate) const DEPTH: usize = 32;
/// Nodes of a document: elements and texts.
pub(crate) const NODES: u32 = 20_000;
/// Longest tag, in bytes. The parser's search for repeated attributes is quadratic.
pub(crate) const TAG: usize = 8 * 1024;
/// Attributes of an element, namespace declarations included.
pub(crate) const ATTRIBUTES: usize = 32;
/// Namespace declarations in scope of an element. The parser copies them for each element that declares one, and compares each pair.
pub(crate) const NAMESPACES: usize = 32;
/// Prefixes of an `InclusiveNamespaces` element.
pub(crate) const PREFIXES: usize = 16;
/// Longest canonical form, in bytes. A namespace that many siblings use is written once for each of them.
pub(crate) const CANONICAL: usize = 4 * 1024 * 1024;
/// Longest text that is read as certificates, in bytes.
pub(crate) const PASTED: usize = 256 * 1024;
/// Most certificates of a connection.
pub(crate) const CERTIFICATES: usize = 20;
