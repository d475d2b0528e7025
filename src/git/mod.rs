//! Commits, trees, blobs and first-parent history, by git2 and by the `git` program.
