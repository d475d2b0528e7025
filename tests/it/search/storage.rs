//! What an index in a folder outlives: an end of the process, another process, a torn file, a full disk.

use super::shelf::{Prompts, Shelf, ask, folder, print, prompt, told};
use promptreg::search::{Opened, open};
use serde_json::json;
use std::{fs, path::Path};

fn three() -> Vec<promptreg::domain::PromptFolder> {
    ["alpha", "beta", "gamma"].map(|name| prompt(name, &format!("the story of {name}"))).into()
}

/// What a search of all that is in a folder finds.
fn found(place: &Path, prompts: &Prompts) -> usize {
    open(Some(place)).unwrap().searcher().find(&ask("story"), |name| prompts.get(name)).unwrap().hits.len()
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| !path.to_string_lossy().ends_with(".lock")).collect();
    files.sort();
    files
}

#[test]
fn a_folder_and_memory_find_the_same_and_a_folder_finds_it_again() {
    let place = tempfile::tempdir().unwrap();
    let (mut on_disk, mut in_memory) = (Shelf::open(Some(place.path())), Shelf::open(None));
    for shelf in [&mut on_disk, &mut in_memory] {
        shelf.put(three());
        shelf.put([folder("beta", None, json!({"tags": ["changed"]}), &[("1.0.0", "another story")])]);
        shelf.take("gamma");
    }
    for text in ["story", "changed", "alpha", "gamma", "\"another story\"", "sto*", "storry"] {
        let [one, other] = [&on_disk, &in_memory].map(|shelf| shelf.find(text));
        assert_eq!(
            (told(&one), one.total, one.is_corrected),
            (told(&other), other.total, other.is_corrected),
            "{text}"
        );
    }
    let prompts = on_disk.prompts.clone();
    let known = on_disk.index.searcher().prints().unwrap();
    assert_eq!(known, in_memory.index.searcher().prints().unwrap());
    drop(on_disk);
    let again = open(Some(place.path())).unwrap();
    assert!(matches!(again, Opened::Owned(_)));
    assert_eq!(again.searcher().prints().unwrap(), known);
    drop(again);
    assert_eq!(found(place.path(), &prompts), 2);
}

#[test]
fn prints_are_kept_and_tell_what_differs() {
    let mut shelf = Shelf::open(None);
    let [one, two] = ["one", "two"].map(|name| prompt(name, "text"));
    let high = [0xFF; 16];
    shelf.index.update([(&one, high), (&two, print(7))], []).unwrap();
    let searcher = shelf.index.update([(&two, print(8))], []).unwrap();
    let mut prints: Vec<_> = searcher.prints().unwrap().into_iter().collect();
    prints.sort();
    assert_eq!(prints, [(one.name, high), (two.name, print(8))]);
}

#[test]
fn a_snapshot_never_changes() {
    let mut shelf = Shelf::of(three());
    let (before, prompts) = (shelf.index.searcher(), shelf.prompts.clone());
    for i in 0..40 {
        shelf.put([prompt("alpha", &format!("nothing, {i} times")), prompt(&format!("new-{i}"), "story")]);
    }
    shelf.take("beta");
    let found = before.find(&ask("story"), |name| prompts.get(name)).unwrap();
    assert_eq!((found.total, found.hits.len()), (3, 3));
    assert_eq!(shelf.find("story").total, 41);
}

#[test]
fn the_segments_stay_few_while_pushes_come_one_by_one() {
    let mut shelf = Shelf::open(None);
    let mut most = 0;
    for i in 0..150 {
        most = most.max(shelf.put([prompt(&format!("p-{}", i % 60), "story")]).size().segments);
    }
    assert!(most < 40, "{most} segments");
    assert_eq!((shelf.find("story").total, shelf.index.searcher().size().documents), (60, 60));
}

#[test]
fn while_another_writes_the_index_is_read_and_left_alone() {
    let place = tempfile::tempdir().unwrap();
    let mut shelf = Shelf::open(Some(place.path()));
    shelf.put(three());
    let beside = open(Some(place.path())).unwrap();
    let Opened::Borrowed(searcher) = beside else { panic!("two write one index") };
    assert_eq!(searcher.prints().unwrap().len(), 3);
    shelf.put([prompt("delta", "the story goes on")]);
    assert_eq!(searcher.find(&ask("story"), |name| shelf.prompts.get(name)).unwrap().total, 3);
    drop(shelf);
    assert!(matches!(open(Some(place.path())).unwrap(), Opened::Owned(_)));
}

#[test]
fn while_another_writes_what_cannot_be_read_is_made_in_memory() {
    let place = tempfile::tempdir().unwrap();
    let shelf = Shelf::open(Some(place.path()));
    fs::write(place.path().join("search-1/meta.json"), "{}").unwrap();
    let Opened::Owned(mut index) = open(Some(place.path())).unwrap() else { panic!("it cannot be read") };
    let prompts = three();
    assert_eq!(index.update(prompts.iter().map(|prompt| (prompt, print(1))), []).unwrap().size().documents, 3);
    assert_eq!(fs::read_to_string(place.path().join("search-1/meta.json")).unwrap(), "{}");
    drop(shelf);
}

#[test]
fn whichever_file_is_torn_the_index_is_sound_or_made_anew() {
    let whole = tempfile::tempdir().unwrap();
    let mut shelf = Shelf::open(Some(whole.path()));
    shelf.put(three());
    shelf.put([prompt("alpha", "the other story")]);
    let prompts = shelf.prompts.clone();
    drop(shelf);
    let original = whole.path().join("search-1");
    let mut anew = 0;
    for file in files(&original) {
        for harm in 0..5 {
            let place = tempfile::tempdir().unwrap();
            let copy = place.path().join("search-1");
            fs::create_dir(&copy).unwrap();
            for other in files(&original) {
                fs::copy(&other, copy.join(other.file_name().unwrap())).unwrap();
            }
            let torn = copy.join(file.file_name().unwrap());
            let mut bytes = fs::read(&torn).unwrap();
            match harm {
                0 => fs::remove_file(&torn).unwrap(),
                1 => fs::write(&torn, &bytes[..bytes.len() / 2]).unwrap(),
                2 => fs::write(&torn, b"").unwrap(),
                3 => {
                    let middle = bytes.len() / 2;
                    bytes[middle] ^= 0x10;
                    fs::write(&torn, bytes).unwrap();
                }
                _ => {
                    bytes.fill(0);
                    fs::write(&torn, bytes).unwrap();
                }
            }
            let hits = found(place.path(), &prompts);
            assert!([0, 3].contains(&hits), "{hits} hits with {torn:?} harmed by {harm}");
            anew += usize::from(hits == 0);
            // It works from then on.
            let mut shelf = Shelf::open(Some(place.path()));
            shelf.put(three());
            assert_eq!(shelf.find("story").total, 3, "{torn:?} harmed by {harm}");
        }
    }
    assert!(anew > 20, "only {anew} were made anew");
}

#[test]
fn what_a_killed_process_left_behind_is_swept_out_and_the_index_kept() {
    let place = tempfile::tempdir().unwrap();
    let mut shelf = Shelf::open(Some(place.path()));
    shelf.put(three());
    let prompts = shelf.prompts.clone();
    drop(shelf);
    let own = place.path().join("search-1");
    let before = files(&own);
    for name in ["0123456789abcdef0123456789abcdef.idx", "meta.json.new", "0123456789abcdef0123456789abcdef.term"] {
        fs::write(own.join(name), "half of a").unwrap();
    }
    assert_eq!(found(place.path(), &prompts), 3);
    assert_eq!(files(&own), before);
}

#[test]
fn whatever_else_lies_where_the_index_should_be_gives_way() {
    let place = tempfile::tempdir().unwrap();
    let own = place.path().join("search-1");
    fs::write(&own, "a file").unwrap();
    assert_eq!(found(place.path(), &Prompts::new()), 0);
    assert!(own.is_dir());
    fs::create_dir(own.join("a folder")).unwrap();
    fs::write(own.join("a folder/with"), "a file").unwrap();
    fs::remove_file(own.join("meta.json")).unwrap();
    let mut shelf = Shelf::open(Some(place.path()));
    shelf.put(three());
    assert_eq!(shelf.find("story").total, 3);
}

#[test]
fn an_index_of_other_fields_is_made_anew() {
    let place = tempfile::tempdir().unwrap();
    let mut shelf = Shelf::open(Some(place.path()));
    shelf.put(three());
    let prompts = shelf.prompts.clone();
    drop(shelf);
    let meta = place.path().join("search-1/meta.json");
    let text = fs::read_to_string(&meta).unwrap();
    let (data, _) = text.trim_end().rsplit_once('\n').unwrap();
    let other = data.replace("\"category\"", "\"genre\"");
    assert_ne!(other, data);
    let seal = promptreg::domain::Digest::of(other.as_bytes());
    fs::write(&meta, format!("{other}\n{seal}\n")).unwrap();
    assert_eq!(found(place.path(), &prompts), 0);
}

#[test]
fn a_commit_that_fails_leaves_the_snapshot_good_and_the_next_one_may_succeed() {
    let place = tempfile::tempdir().unwrap();
    let mut shelf = Shelf::open(Some(place.path()));
    shelf.put(three());
    let (own, away) = (place.path().join("search-1"), place.path().join("away"));
    fs::rename(&own, &away).unwrap();
    let failed = prompt("delta", "a story that is not written");
    for _ in 0..3 {
        assert!(shelf.index.update([(&failed, print(1))], []).is_err());
        assert_eq!(shelf.find("story").hits.len(), 3);
    }
    fs::rename(&away, &own).unwrap();
    shelf.put([prompt("epsilon", "a story that is written")]);
    assert_eq!(shelf.names("\"a story\""), "epsilon");
    assert_eq!(shelf.find("story").total, 4);
}
