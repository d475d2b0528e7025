//! The index of one process: prompts put in and taken out, each time with a new snapshot to search.

use super::{
    Error, Print,
    document::documents,
    fields::{Fields, Key},
    folder::Held,
    searcher::{Searcher, Segments},
};
use crate::domain::{PromptFolder, PromptName};
use std::{collections::BTreeMap, sync::Arc, thread::available_parallelism};
use tantivy::{
    IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, Term,
    indexer::{AddOperation, IndexWriterOptions, LogMergePolicy, SegmentWriter, UserOperation},
    query::{BooleanQuery, Occur, Query, TermQuery},
    schema::IndexRecordOption,
};

/// From how many versions on all cores are used: fewer are indexed sooner than threads are started.
const MANY: usize = 2_000;

/// The memory of one indexing thread in bytes: the least there is for a change, more for many.
const FEW_BYTES: usize = 15_000_000;
const MANY_BYTES: usize = 64_000_000;

/// What a segment of few versions begins with, in bytes.
const TABLE_BYTES: usize = 1_000_000;

/// An index that this process writes.
pub struct Index {
    fields: Fields,
    reader: IndexReader,
    /// None where the last commit failed: the next one begins from what was committed.
    writer: Option<Box<IndexWriter>>,
    searcher: Searcher,
    held: Option<Arc<Held>>,
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index").field("held", &self.held).finish_non_exhaustive()
    }
}

/// A reader that looks for what is new only when told to.
pub(super) fn reader(index: &tantivy::Index) -> tantivy::Result<IndexReader> {
    index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()
}

impl Index {
    pub(super) fn of(index: &tantivy::Index, held: Option<Arc<Held>>) -> Result<Self, Error> {
        let (fields, _) = Fields::new();
        let reader = reader(index)?;
        let searcher = Searcher::new(reader.searcher(), fields, &Segments::default())?;
        Ok(Self { fields, reader, writer: None, searcher, held })
    }

    /// What the index holds now.
    #[must_use]
    pub fn searcher(&self) -> Searcher {
        self.searcher.clone()
    }

    /// Puts in what is new of some prompts, takes others out, and answers what the index holds then.
    ///
    /// A prompt is put in whole, with all its versions; one that was removed from the registry may be among either.
    ///
    /// # Errors
    /// Where the files cannot be written, as on a full disk. Nothing has changed then, and the next update may succeed.
    pub fn update<'a>(
        &mut self,
        changed: impl IntoIterator<Item = (&'a PromptFolder, Print)>,
        removed: impl IntoIterator<Item = &'a PromptName>,
    ) -> Result<Searcher, Error> {
        let changed: BTreeMap<_, _> = changed.into_iter().map(|new| (&new.0.name, new)).collect();
        let many = changed.values().map(|(folder, _)| folder.versions.len()).sum::<usize>() >= MANY;
        let written = self.write(&changed, removed, many);
        if many || written.is_err() {
            // Without a commit all that the writer was given is gone with it.
            self.writer = None;
        }
        written?;
        self.reader.reload()?;
        self.searcher = Searcher::new(self.reader.searcher(), self.fields, self.searcher.segments())?;
        Ok(self.searcher())
    }

    fn write<'a>(
        &mut self,
        changed: &BTreeMap<&'a PromptName, (&'a PromptFolder, Print)>,
        removed: impl IntoIterator<Item = &'a PromptName>,
        many: bool,
    ) -> Result<(), Error> {
        let fields = self.fields;
        let is_empty = self.is_empty()?;
        let writer = self.writer(many)?;
        // A number that no update before had, nor has after a start.
        let update = writer.run(Vec::new())?.to_string();
        // A deletion that no segment has heard of would wait for the first one, and be older than what it deletes.
        let names = removed.into_iter().chain(changed.keys().copied()).filter(|_| !is_empty);
        for name in names {
            writer.delete_query(of_other_updates(&fields, name, &update))?;
        }
        let documents = changed.values().map(|(folder, print)| {
            let mut documents = documents(&fields, folder, *print);
            documents.iter_mut().for_each(|document| document.add_text(fields.key, Key::Update.of(&update)));
            documents
        });
        if many {
            write_many(writer, documents)?
        } else {
            write_few(writer, documents)?
        }
        writer.commit()?;
        Ok(())
    }

    /// Whether nothing was committed yet, or nothing is left of it.
    fn is_empty(&self) -> Result<bool, Error> {
        let held = &self.searcher.0.inner;
        Ok(held.segment_readers().is_empty() && held.index().searchable_segment_metas()?.is_empty())
    }

    fn writer(&mut self, many: bool) -> Result<&mut IndexWriter, Error> {
        if many {
            self.writer = None;
        }
        match &mut self.writer {
            Some(writer) => Ok(writer),
            none => {
                let threads = if many { available_parallelism().map_or(1, usize::from).min(8) } else { 1 };
                let options = IndexWriterOptions::builder()
                    .memory_budget_per_thread(if many { MANY_BYTES } else { FEW_BYTES })
                    .num_worker_threads(threads)
                    .num_merge_threads(1)
                    .build();
                let writer: IndexWriter = self.searcher.0.inner.index().writer_with_options(options)?;
                writer.set_merge_policy(Box::new(merges()));
                Ok(none.insert(Box::new(writer)))
            }
        }
    }
}

/// The documents of a prompt, but for those that an update brings itself: a segment that is made by hand is not told which
/// deletions came before it.
fn of_other_updates(fields: &Fields, name: &PromptName, update: &str) -> Box<dyn Query> {
    let query = |term: Term| -> Box<dyn Query> { Box::new(TermQuery::new(term, IndexRecordOption::Basic)) };
    Box::new(BooleanQuery::new(vec![
        (Occur::Must, query(fields.term(Key::Name, name.as_str()))),
        (Occur::MustNot, query(fields.term(Key::Update, update))),
    ]))
}

/// Has all indexing threads make segments of documents. Those of one prompt stay together: hits are counted by prompt on
/// that ground.
fn write_many(writer: &IndexWriter, prompts: impl Iterator<Item = Vec<TantivyDocument>>) -> tantivy::Result<()> {
    for documents in prompts {
        writer.run(documents.into_iter().map(UserOperation::Add).collect::<Vec<_>>())?;
    }
    Ok(())
}

/// Makes a segment of documents on this thread: an indexing thread would first clear memory for half a million words.
fn write_few(writer: &IndexWriter, prompts: impl Iterator<Item = Vec<TantivyDocument>>) -> tantivy::Result<()> {
    let mut prompts = prompts.peekable();
    while prompts.peek().is_some() {
        let segment = writer.new_segment();
        let mut made = SegmentWriter::for_segment(TABLE_BYTES, segment.clone())?;
        while made.mem_usage() < FEW_BYTES
            && let Some(documents) = prompts.next()
        {
            for document in documents {
                made.add_document(AddOperation { opstamp: 0, document })?;
            }
        }
        let segment = segment.with_max_doc(made.max_doc());
        made.finalize()?;
        segment.meta().untrack_temp_docstore();
        writer.add_segment(segment.meta().clone())?;
    }
    Ok(())
}

/// When small segments become a greater one, in the background: a push makes one, and each costs every question.
fn merges() -> LogMergePolicy {
    let mut policy = LogMergePolicy::default();
    policy.set_min_num_segments(6);
    policy.set_min_layer_size(1_000);
    policy.set_del_docs_ratio_before_merge(0.3);
    policy
}
