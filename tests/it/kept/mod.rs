//! The files of the data folder that only remember: torn, scribbled over, shared, locked and deleted, they cost time only.

mod history;
mod parsed;

use promptreg::kept::File;
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// A folder that is gone when the test ends, and a file in it that is not there yet.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept");
    (folder, path)
}

fn file(path: &Path) -> File {
    File::new(path, "words", "1")
}

fn batch(file: &File, words: &[&str]) -> Vec<u8> {
    let mut batch = Vec::new();
    words.iter().for_each(|word| file.add(&mut batch, &[word.as_bytes()]));
    batch
}

/// The words a file holds, and what is wrong with it.
fn words(path: &Path) -> (Vec<String>, Option<String>) {
    let contents = file(path).read();
    let words = contents.chunks().map(|chunk| String::from_utf8(chunk.to_vec()).unwrap()).collect();
    (words, contents.trouble)
}

#[test]
fn a_file_holds_what_was_appended() {
    let (_folder, path) = place();
    assert_eq!(words(&path), (Vec::new(), None));
    let file = file(&path);
    file.append(&batch(&file, &["one", ""])).unwrap();
    file.append(&batch(&file, &["three"])).unwrap();
    assert_eq!(words(&path), (vec!["one".to_owned(), String::new(), "three".to_owned()], None));
    file.replace(&batch(&file, &["four"])).unwrap();
    assert_eq!(words(&path), (vec!["four".to_owned()], None));
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn a_file_that_was_cut_off_anywhere_loses_only_what_was_cut() {
    let (_folder, path) = place();
    let file = file(&path);
    let all = ["one", "two", "three"];
    file.append(&batch(&file, &all)).unwrap();
    let whole = fs::read(&path).unwrap();
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let (kept, trouble) = words(&path);
        assert_eq!(kept, all[..kept.len()], "{length}");
        let end = whole.len() - batch(&file, &all[kept.len()..]).len();
        assert!(length >= end || kept.is_empty(), "{length} bytes have more than {}", kept.len());
        assert_eq!(trouble.is_some(), length != end, "{length}: {trouble:?}");
        // What is appended behind the torn chunk is found.
        file.append(&batch(&file, &["four"])).unwrap();
        assert_eq!(words(&path).0.last().map(String::as_str), Some("four"), "{length}");
    }
}

#[test]
fn a_flipped_bit_anywhere_is_noticed_and_costs_one_chunk() {
    let (_folder, path) = place();
    let file = file(&path);
    let all = ["one", "two", "three"];
    file.append(&batch(&file, &all)).unwrap();
    let whole = fs::read(&path).unwrap();
    let head = whole.len() - batch(&file, &all).len();
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            fs::write(&path, bytes).unwrap();
            let (kept, trouble) = words(&path);
            assert!(trouble.is_some(), "byte {at}, bit {bit}");
            assert!(kept.iter().all(|word| all.contains(&word.as_str())), "byte {at}, bit {bit}: {kept:?}");
            assert_eq!(kept.len(), if at < head { 0 } else { 2 }, "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn what_another_release_or_kind_wrote_is_not_read_and_is_replaced() {
    let (_folder, path) = place();
    let own = file(&path);
    own.append(&batch(&own, &["one"])).unwrap();
    let text = fs::read(&path).unwrap();
    let release = env!("CARGO_PKG_VERSION");
    let newer = String::from_utf8_lossy(&text[..20]).replace(release, "9.9.9").into_bytes();
    fs::write(&path, [&newer, &text[20..]].concat()).unwrap();
    assert_eq!(words(&path), (Vec::new(), Some("another release or program wrote it".to_owned())));
    for other in [File::new(&path, "words", "2"), File::new(&path, "names", "1")] {
        own.replace(&batch(&own, &["one"])).unwrap();
        assert_eq!(other.read().chunks().count(), 0);
        other.append(&batch(&other, &["theirs"])).unwrap();
        assert_eq!(other.read().chunks().collect::<Vec<_>>(), [b"theirs"]);
        assert_eq!(words(&path).0, Vec::<String>::new());
    }
    // Nor is a chunk of theirs that got behind this one's head.
    let theirs = File::new(&path, "words", "2");
    own.replace(&batch(&theirs, &["theirs"])).unwrap();
    assert_eq!(words(&path).0, Vec::<String>::new());
}

#[test]
fn two_writers_lose_nothing_of_each_other() {
    let (_folder, path) = place();
    file(&path).replace(&[]).unwrap();
    let each: Vec<String> = (0..200).map(|number| number.to_string()).collect();
    std::thread::scope(|scope| {
        for name in ["a", "b"] {
            let (path, each) = (&path, &each);
            scope.spawn(move || {
                let file = file(path);
                for number in each {
                    file.append(&batch(&file, &[&format!("{name}{number}"), &"x".repeat(5_000)])).unwrap();
                }
            });
        }
    });
    let (kept, trouble) = words(&path);
    assert_eq!((kept.len(), trouble), (800, None));
    for name in ["a", "b"] {
        let own: Vec<&str> = kept.iter().filter_map(|word| word.strip_prefix(name)).collect();
        assert_eq!(own, each);
    }
}

#[test]
fn a_file_of_nothing_but_marks_is_read_in_no_time() {
    let (_folder, path) = place();
    let own = file(&path);
    own.replace(&[0xff, b'p', b'r', 0xff, 0, 0, 0, 1].repeat(1 << 20)).unwrap();
    assert_eq!(words(&path).0, Vec::<String>::new());
}
