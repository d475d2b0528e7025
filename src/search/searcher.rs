//! A snapshot of the index: it never changes, and any number of threads may ask it.

use super::{
    Error, Print,
    document::{Standing, whole},
    fields::{Fields, Key},
};
use crate::domain::PromptName;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use tantivy::{
    DocId, SegmentReader,
    columnar::{Column, StrColumn},
    index::SegmentId,
};

/// What the index held at one time. Cheap to clone.
#[derive(Clone)]
pub struct Searcher(pub(super) Arc<Held>);

/// What a snapshot holds.
pub(super) struct Held {
    pub(super) inner: tantivy::Searcher,
    pub(super) fields: Fields,
    pub(super) segments: Segments,
    /// How many documents are in use, and how many are not.
    pub(super) in_use: u64,
    pub(super) others: u64,
}

/// The columns of each segment, kept for as long as the segment is.
pub(super) type Segments = BTreeMap<SegmentId, Arc<Columns>>;

/// The values of documents that are looked up one by one.
pub(super) struct Columns {
    pub(super) name: Option<StrColumn>,
    /// The number of each document's name.
    pub(super) names: Vec<u32>,
    pub(super) version: Option<StrColumn>,
    pub(super) print: [Option<Column<u64>>; 2],
    /// What the segment takes; worked out while its files are there for sure.
    bytes: u64,
    pub(super) counted: [Option<StrColumn>; 5],
}

/// How large an index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// The documents: one for each version that is handed out.
    pub documents: u64,
    /// The segments they are in.
    pub segments: usize,
    /// The bytes that these take.
    pub bytes: u64,
}

impl std::fmt::Debug for Searcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Searcher").field(&self.0.inner).finish()
    }
}

impl Searcher {
    pub(super) fn new(inner: tantivy::Searcher, fields: Fields, known: &Segments) -> Result<Self, Error> {
        let mut segments = Segments::new();
        for reader in inner.segment_readers() {
            let columns = match known.get(&reader.segment_id()) {
                Some(columns) => Arc::clone(columns),
                None => Arc::new(Columns::open(reader)?),
            };
            segments.insert(reader.segment_id(), columns);
        }
        let in_use = fields.term(Key::Standing, Standing::InUse.as_str());
        let in_use = inner.doc_freq(&in_use)?;
        let all: u64 = inner.segment_readers().iter().map(|reader| u64::from(reader.max_doc())).sum();
        Ok(Self(Arc::new(Held { inner, fields, segments, in_use, others: all.saturating_sub(in_use) })))
    }

    pub(super) fn segments(&self) -> &Segments {
        &self.0.segments
    }

    /// Every prompt that the index holds, with the print it was given.
    ///
    /// # Errors
    /// Where the files cannot be read.
    pub fn prints(&self) -> Result<HashMap<PromptName, Print>, Error> {
        let mut prints = HashMap::new();
        for (reader, columns) in self.readers() {
            let [Some(high), Some(low)] = &columns.print else { continue };
            let Some(names) = &columns.name else { continue };
            let texts = texts(names)?;
            for document in reader.doc_ids_alive() {
                let (Some(high), Some(low)) = (high.first(document), low.first(document)) else { continue };
                let ord = columns.name_of(document).and_then(|ord| usize::try_from(ord).ok());
                if let Some(name) = ord.and_then(|ord| texts.get(ord)?.parse().ok()) {
                    prints.insert(name, whole(high, low));
                }
            }
        }
        Ok(prints)
    }

    /// How large the index is.
    #[must_use]
    pub fn size(&self) -> Size {
        let bytes = self.0.segments.values().map(|columns| columns.bytes).sum();
        Size { documents: self.0.inner.num_docs(), segments: self.0.inner.segment_readers().len(), bytes }
    }

    /// The segments with their columns.
    pub(super) fn readers(&self) -> impl Iterator<Item = (&SegmentReader, &Arc<Columns>)> {
        let readers = self.0.inner.segment_readers().iter();
        readers.filter_map(|reader| Some((reader, self.0.segments.get(&reader.segment_id())?)))
    }
}

impl Columns {
    /// The number of a document's name.
    pub(super) fn name_of(&self, document: DocId) -> Option<u32> {
        self.names.get(usize::try_from(document).ok()?).copied().filter(|ord| *ord != u32::MAX)
    }

    fn open(reader: &SegmentReader) -> Result<Self, Error> {
        let fast = reader.fast_fields();
        let number = |name| fast.column_opt::<u64>(name);
        let name = fast.str("name")?;
        let ord = |document| name.as_ref().and_then(|name| name.ords().first(document));
        let names = (0..reader.max_doc()).map(|document| ord(document).and_then(|ord| u32::try_from(ord).ok()));
        Ok(Self {
            bytes: reader.space_usage().map(|usage| usage.total().get_bytes()).unwrap_or_default(),
            names: names.map(|ord| ord.unwrap_or(u32::MAX)).collect(),
            name,
            version: fast.str("version")?,
            print: [number("print_high")?, number("print_low")?],
            counted: [
                fast.str("collection")?,
                fast.str("tag")?,
                fast.str("label")?,
                fast.str("owner")?,
                fast.str("category")?,
            ],
        })
    }
}

/// All texts of a column in the order of their numbers.
fn texts(column: &StrColumn) -> Result<Vec<String>, Error> {
    let mut texts = Vec::with_capacity(column.num_terms());
    let mut stream = column.dictionary().stream()?;
    while stream.advance() {
        texts.push(String::from_utf8_lossy(stream.key()).into_owned());
    }
    Ok(texts)
}
