//! The index of one process: prompts put in and taken out, each time with a new snapshot to search.

use super::{
    Error, Print,
    document::documents,
    fields::Fields,
    folder::Held,
    searcher::{Searcher, Segments},
};
use crate::domain::{PromptFolder, PromptName};
use std::{sync::Arc, thread::available_parallelism};
use tantivy::{
    IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, Term,
    indexer::{IndexWriterOptions, LogMergePolicy, UserOperation},
};

/// From how many versions on all cores are used: fewer are indexed sooner than threads are started.
const MANY: usize = 2_000;

/// The memory of one indexing thread in bytes: the least there is for a change, more for many.
const FEW_BYTES: usize = 15_000_000;
const MANY_BYTES: usize = 64_000_000;

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
        let changed: Vec<_> = changed.into_iter().collect();
        let many = changed.iter().map(|(folder, _)| folder.versions.len()).sum::<usize>() >= MANY;
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
        changed: &[(&PromptFolder, Print)],
        removed: impl IntoIterator<Item = &'a PromptName>,
        many: bool,
    ) -> Result<(), Error> {
        let fields = self.fields;
        let writer = self.writer(many)?;
        for name in removed {
            writer.delete_term(Term::from_field_text(fields.name, name.as_str()));
        }
        for (folder, print) in changed {
            let old = UserOperation::Delete(Term::from_field_text(fields.name, folder.name.as_str()));
            // The documents of one prompt stay together: hits are counted by prompt on that ground.
            let new = documents(&fields, folder, *print).into_iter().map(UserOperation::Add);
            writer.run(std::iter::once(old).chain(new).collect::<Vec<UserOperation<TantivyDocument>>>())?;
        }
        writer.commit()?;
        Ok(())
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

/// When small segments become a greater one, in the background: a push makes one, and each costs every question.
fn merges() -> LogMergePolicy {
    let mut policy = LogMergePolicy::default();
    policy.set_min_num_segments(6);
    policy.set_min_layer_size(1_000);
    policy.set_del_docs_ratio_before_merge(0.3);
    policy
}
