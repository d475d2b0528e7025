//! The history of a generated registry: how prompts, versions, users and workflows arrived, landing by landing.

use super::{
    File, Item, Size, USERS, VERSIONS, around, items,
    texts::{self, Dice, Stage},
    tone, user,
};

/// Every so many landings one brings no version.
const OTHER: usize = 10;
/// Every so many landings one is a merge, where there are merges.
const MERGE: usize = 3;
/// 2024-01-01T00:00:00Z, when all begins, and how long it lasts, in seconds.
const START: u64 = 1_704_067_200;
const LASTS: u64 = 900 * 24 * 3600;

/// A commit of the default branch.
pub(crate) struct Landing {
    /// Who wrote it, and who merged it if it is a merge: numbers of users.
    pub(crate) author: usize,
    pub(crate) merged_by: Option<usize>,
    /// Seconds since 1970.
    pub(crate) at: u64,
    /// On how many landings before this one the merged branch began.
    pub(crate) behind: usize,
    pub(crate) message: String,
    /// What it adds or changes.
    pub(crate) files: Vec<File>,
}

/// All landings, one after the other.
pub(crate) struct History {
    size: Size,
    items: Vec<Item>,
    stages: Vec<Option<Stage>>,
    /// Which prompts get a version, in order.
    arrivals: Vec<usize>,
    arrived: usize,
    workflows: Vec<(usize, [usize; 2])>,
    users: [usize; USERS],
    landed: usize,
    dice: Dice,
}

impl History {
    pub(crate) fn new(size: Size) -> Self {
        let items = items(size.versions / VERSIONS);
        let mut dice = Dice::new("history", 0);
        let mut arrivals: Vec<(usize, usize)> = Vec::with_capacity(items.len() * VERSIONS);
        for (i, item) in items.iter().enumerate() {
            // The first version of what others include comes before all others.
            let later = if item.is_partial() { 1 } else { 0 };
            arrivals.extend((later..VERSIONS).map(|_| (dice.below(usize::MAX), i)));
        }
        arrivals.sort_unstable();
        let stages = items.iter().map(|_| None).collect();
        let arrivals = arrivals.into_iter().map(|(_, i)| i).collect();
        Self { size, items, stages, arrivals, arrived: 0, workflows: Vec::new(), users: [0; USERS], landed: 0, dice }
    }

    fn first(&mut self) -> Vec<File> {
        let mut files = around(self.size.versions / VERSIONS);
        let partials = self.items.iter().take_while(|item| item.is_partial()).count();
        for i in 0..partials {
            files.extend(self.version(i));
        }
        files
    }

    /// A new version of a prompt and its `prompt.yaml`.
    fn version(&mut self, i: usize) -> [File; 2] {
        let edits = self.stages[i].map_or(0, |stage| stage.edits);
        let number = self.stages[i].map_or(0, |stage| stage.number + 1);
        let stage = Stage { number, released: false, edits };
        self.stages[i] = Some(stage);
        let item = &self.items[i];
        let mut dice = Dice::new(&item.name, number);
        let text = if item.is_partial() {
            texts::partial(&mut dice)
        } else {
            let tone = tone(&mut dice);
            texts::version(&mut dice, tone.as_deref(), self.size.tests)
        };
        [(format!("{}/1.{number}.0.yaml", item.folder), text), self.prompt(i, stage)]
    }

    fn prompt(&self, i: usize, stage: Stage) -> File {
        let item = &self.items[i];
        (format!("{}/prompt.yaml", item.folder), texts::prompt(&item.name, item.owner, item.tags, stage))
    }

    /// A prompt that there is by now.
    fn one(&mut self) -> usize {
        // Most are found at once; the partials are always there.
        for _ in 0..8 {
            let i = self.dice.below(self.items.len());
            if self.stages[i].is_some() {
                return i;
            }
        }
        0
    }

    /// The versions that are due at this landing.
    fn versions(&mut self) -> (String, Vec<File>) {
        let commits = self.size.commits;
        let due = if self.landed == commits {
            self.arrivals.len()
        } else {
            let bringing = commits - (commits - 1) / OTHER;
            (self.arrivals.len() * (self.landed - self.landed / OTHER)).div_ceil(bringing)
        };
        let due = due.min(self.arrivals.len()).max(self.arrived);
        let these = self.arrivals[self.arrived..due].to_vec();
        self.arrived = due;
        let message = match these.first() {
            Some(&i) if these.len() > 1 => {
                format!("{} and {} more: new versions", self.items[i].name, these.len() - 1)
            }
            Some(&i) => format!("{}: a new version", self.items[i].name),
            None => "Nothing new".to_owned(),
        };
        (message, these.into_iter().flat_map(|i| self.version(i)).collect())
    }

    /// Something other than a version.
    fn other(&mut self) -> (String, Vec<File>) {
        match self.dice.below(10) {
            0 => {
                let i = self.dice.below(USERS);
                self.users[i] += 1;
                (format!("User {i} has another name"), vec![user(i, self.users[i])])
            }
            1..4 => {
                let (i, file) = self.workflow();
                (format!("Workflow {i}"), vec![file])
            }
            kind => {
                let i = self.one();
                let stage = self.stages[i].get_or_insert_default();
                if kind < 7 {
                    stage.edits += 1
                } else {
                    stage.released = true
                }
                let stage = *stage;
                let what = if kind < 7 { "another description" } else { "release" };
                (format!("{}: {what}", self.items[i].name), vec![self.prompt(i, stage)])
            }
        }
    }

    /// A new workflow, or an edited one.
    fn workflow(&mut self) -> (usize, File) {
        let count = self.workflows.len();
        let i = if count > 0 && self.dice.below(3) == 0 { self.dice.below(count) } else { count };
        if i == count {
            let prompts = [self.one(), self.one()];
            self.workflows.push((0, prompts));
        }
        let (edits, prompts) = &mut self.workflows[i];
        *edits += 1;
        let text = texts::workflow(i, *edits - 1, i % USERS, prompts.map(|i| &*self.items[i].name));
        (i, (format!("workflows/workflow-{i:04}.yaml"), text))
    }
}

impl Iterator for History {
    type Item = Landing;

    fn next(&mut self) -> Option<Landing> {
        if self.landed > self.size.commits {
            return None;
        }
        let n = self.landed;
        let (message, files) = match n {
            0 => ("Start".to_owned(), self.first()),
            _ if n.is_multiple_of(OTHER) && n < self.size.commits => self.other(),
            _ => self.versions(),
        };
        self.landed += 1;
        let author = self.dice.below(USERS);
        let is_merge = self.size.merges && n > MERGE && n.is_multiple_of(MERGE);
        let merged_by = is_merge.then(|| (author + 1 + self.dice.below(USERS - 1)) % USERS);
        let step = LASTS / (self.size.commits as u64 + 1);
        Some(Landing { author, merged_by, at: START + n as u64 * step, behind: self.dice.below(MERGE), message, files })
    }
}
