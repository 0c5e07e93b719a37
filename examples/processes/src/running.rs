//! Processes that are kept running.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::PathBuf;
use std::process::ExitStatus;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout};
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::task::JoinSet;

use crate::{Directory, Fate, Part};

/// What a server prints before its address.
pub(crate) const LISTENS: &str = "listens on ";

/// The processes of an example. Dropped, it kills them.
#[derive(Debug)]
pub struct Processes {
    kept: BTreeMap<&'static str, Kept>,
    tasks: Mutex<JoinSet<Ended>>,
}

/// One of them, from outside.
#[derive(Debug)]
struct Kept {
    kill: mpsc::Sender<oneshot::Sender<()>>,
    address: watch::Receiver<Option<SocketAddr>>,
}

/// A process that nobody killed has ended, or could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// It ended.
    #[error("{part} ended by itself with {status}; its log is {log}")]
    ByItself {
        /// Which one.
        part: &'static str,
        /// How.
        status: ExitStatus,
        /// Where it says more.
        log: String,
    },
    /// It could not be started, or not be killed.
    #[error("{part} cannot be run: {error}")]
    Unable {
        /// Which one.
        part: &'static str,
        /// Why.
        error: std::io::Error,
    },
}

impl Processes {
    /// Starts a process for each part. What they log goes to files in the directory, one for each part.
    pub fn start(parts: Vec<Part>, directory: &Directory) -> Self {
        let mut kept = BTreeMap::new();
        let mut tasks = JoinSet::new();
        for part in parts {
            let log = directory.path().join(format!("{}.log", part.name));
            let (kill, kills) = mpsc::channel(1);
            let (addresses, address) = watch::channel(None);
            kept.insert(part.name, Kept { kill, address });
            tasks.spawn(async move {
                let name = part.name;
                match (Keeper { part, log, kills, addresses }).keep().await {
                    Ok(ended) => ended,
                    Err(error) => Ended::Unable { part: name, error },
                }
            });
        }
        Self { kept, tasks: Mutex::new(tasks) }
    }

    /// Their names, in alphabetical order.
    pub fn names(&self) -> Vec<&'static str> {
        self.kept.keys().copied().collect()
    }

    /// Where the server `part` listens: nowhere at first, and while it is started again.
    ///
    /// # Panics
    /// There is no such part.
    pub fn address(&self, part: &str) -> watch::Receiver<Option<SocketAddr>> {
        self.kept[part].address.clone()
    }

    /// Sends SIGKILL to a process, waits for its end, and has it started again.
    ///
    /// # Panics
    /// There is no such part.
    pub async fn kill(&self, part: &str) {
        let (killed, wait) = oneshot::channel();
        // If the keeper is gone, `ended` says why.
        if self.kept[part].kill.send(killed).await.is_ok() {
            let _ = wait.await;
        }
    }

    /// Has `act` act on the numbers up to `count`, and kills the processes that `fate` has in store meanwhile; answers
    /// which ones.
    ///
    /// The numbers are split into a range for each kill, whose moment is chosen from the beginning of its range, and
    /// one for the time after the last kill. Nobody waits in between until all is done.
    ///
    /// # Errors
    /// What `act` answers.
    pub async fn kill_while<E>(
        &self,
        fate: Fate,
        count: i64,
        act: impl AsyncFn(Range<i64>) -> Result<(), E>,
    ) -> Result<Vec<&'static str>, E> {
        let ranges = i64::from(fate.left()) + 1;
        let mut killed = Vec::new();
        for (kill, range) in fate.map(Some).chain([None]).zip(0..) {
            let numbers = count * range / ranges..count * (range + 1) / ranges;
            let meet = async {
                if let Some((wait, part)) = kill {
                    tokio::time::sleep(wait).await;
                    self.kill(part).await;
                    killed.push(part);
                }
            };
            tokio::join!(act(numbers), meet).0?;
        }
        Ok(killed)
    }

    /// Does something while all of them run.
    ///
    /// # Errors
    /// One of them, which nobody killed, has ended meanwhile.
    pub async fn with<T>(&self, act: impl Future<Output = T>) -> Result<T, Ended> {
        tokio::select! {
            done = act => Ok(done),
            ended = self.ended() => Err(ended),
        }
    }

    /// The end of a process that nobody killed.
    async fn ended(&self) -> Ended {
        let mut tasks = self.tasks.lock().await;
        loop {
            match tasks.join_next().await {
                Some(Ok(ended)) => return ended,
                Some(Err(_)) => {}
                // There are none, so none can end.
                None => std::future::pending().await,
            }
        }
    }

    /// Kills all of them, for good.
    pub async fn stop(self) {
        self.tasks.into_inner().shutdown().await;
    }
}

/// Keeps one process running.
struct Keeper {
    part: Part,
    log: PathBuf,
    kills: mpsc::Receiver<oneshot::Sender<()>>,
    addresses: watch::Sender<Option<SocketAddr>>,
}

impl Keeper {
    /// Answers when the process has ended without having been killed.
    async fn keep(mut self) -> std::io::Result<Ended> {
        loop {
            let mut child = self.spawn()?;
            let said = child.stdout.take();
            // Held: waiting for the process would close it, and that would end the process.
            let _open = child.stdin.take();
            tokio::select! {
                status = child.wait() => {
                    let (part, log) = (self.part.name, self.log.display().to_string());
                    return Ok(Ended::ByItself { part, status: status?, log });
                }
                Some(killed) = self.kills.recv() => {
                    child.kill().await?;
                    self.addresses.send_replace(None);
                    let _ = killed.send(());
                }
                () = listen(said, &self.addresses) => unreachable!("it listens for ever"),
            }
        }
    }

    fn spawn(&self) -> std::io::Result<Child> {
        let log = OpenOptions::new().create(true).append(true).open(&self.log)?;
        self.part.command()?.stderr(log).spawn()
    }
}

/// Passes on the address that a server prints.
async fn listen(said: Option<ChildStdout>, addresses: &watch::Sender<Option<SocketAddr>>) {
    if let Some(said) = said {
        let mut lines = BufReader::new(said).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some(address) = line.strip_prefix(LISTENS).and_then(|address| address.parse().ok()) {
                addresses.send_replace(Some(address));
            }
        }
    }
    std::future::pending::<()>().await;
}
