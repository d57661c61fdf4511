//! Threads for engines that compute: a bounded queue, most urgent first.
//!
//! A decode or a clause takes hundreds of milliseconds of one core, so it never runs inside an async step. Each pool has
//! its own few threads and one queue ordered by urgency and then by deadline; a thread takes the first job, runs it to
//! its end or until it is cancelled, and takes the next. A long job asks now and then whether something more urgent
//! waits and lets it go first ([`Pool::give_way`]), so one pool serves ear and mouth without either starving the
//! other, and no more threads compute than there are cores. A job that panics is counted and the thread goes on: whoever
//! owns the job notices because the job's own guard answers for it. When the queue is full a job is refused and the
//! caller says so at once.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long the load looks back.
const LOAD_WINDOW: Duration = Duration::from_secs(4);

/// Whether a job is still wanted. Cheap to clone and to ask.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// From here on the job is not wanted.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it is not wanted any more.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What goes before what, most urgent first: see [`Order`].
pub mod class {
    /// A text that decides whether the agent goes on speaking.
    pub const OVERLAP: u8 = 0;
    /// A text that the end of a turn waits for.
    pub const FINAL: u8 = 1;
    /// A text guessed at in a pause.
    pub const GUESS: u8 = 2;
    /// A clause to speak.
    pub const CLAUSE: u8 = 3;
    /// A partial transcript that nothing waits for.
    pub const PARTIAL: u8 = 4;
}

/// The place in the queue: smaller goes first, by class, then by deadline, then by arrival.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Order {
    /// What kind of job it is.
    pub class: u8,
    /// When it is wanted, in microseconds of any clock the callers share.
    pub deadline: u64,
}

/// Jobs that have given way to each other on one thread, at most.
const GIVEN_WAY_MAX: u32 = 3;

/// A job of the same class goes first only when it is wanted this much earlier, in microseconds.
const EARLIER_BY: u64 = 500_000;

thread_local! {
    static GIVEN_WAY: Cell<u32> = const { Cell::new(0) };
}

type Job = Box<dyn FnOnce(&Cancel) + Send>;

/// A pool; clones share it. The threads end when the last clone is dropped and the queue is empty.
#[derive(Clone)]
pub struct Pool {
    shared: Arc<Shared>,
    _threads: Arc<Threads>,
}

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
    len_max: usize,
    threads: usize,
    busy: AtomicUsize,
    panics: AtomicU64,
    /// Busy time of all threads in the present stretch, in microseconds, and when that stretch began.
    worked: Mutex<Worked>,
}

struct Worked {
    since: Instant,
    busy: Duration,
    last_load: f32,
}

#[derive(Default)]
struct Queue {
    jobs: BTreeMap<(Order, u64), (Cancel, Job)>,
    count: u64,
    closed: bool,
}

struct Threads {
    shared: Arc<Shared>,
    handles: Mutex<Vec<JoinHandle<()>>>,
}

impl Pool {
    /// A pool of `threads` threads (at least one) in whose queue `len_max` jobs may wait.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn new(name: &str, threads: usize, len_max: usize) -> std::io::Result<Self> {
        let threads = threads.max(1);
        let shared = Arc::new(Shared {
            queue: Mutex::new(Queue::default()),
            wake: Condvar::new(),
            len_max,
            threads,
            busy: AtomicUsize::new(0),
            panics: AtomicU64::new(0),
            worked: Mutex::new(Worked { since: Instant::now(), busy: Duration::ZERO, last_load: 0.0 }),
        });
        let mut handles = Vec::new();
        for index in 0..threads {
            let shared = Arc::clone(&shared);
            let name = format!("{name}-{index}");
            handles.push(std::thread::Builder::new().name(name).spawn(move || shared.work())?);
        }
        let threads = Threads { shared: Arc::clone(&shared), handles: Mutex::new(handles) };
        Ok(Self { shared, _threads: Arc::new(threads) })
    }

    /// Queues a job; `false` when the queue is full. A job cancelled before it begins is dropped without running.
    pub fn submit(&self, order: Order, cancel: Cancel, job: impl FnOnce(&Cancel) + Send + 'static) -> bool {
        let mut queue = lock(&self.shared.queue);
        queue.jobs.retain(|_, (cancel, _)| !cancel.is_cancelled());
        if queue.jobs.len() >= self.shared.len_max {
            return false;
        }
        queue.count += 1;
        let key = (order, queue.count);
        queue.jobs.insert(key, (cancel, Box::new(job)));
        drop(queue);
        self.shared.wake.notify_one();
        true
    }

    /// Called by a running job between two steps: runs what is more urgent than `mine`, on the same thread.
    pub fn give_way(&self, mine: Order) {
        let depth = GIVEN_WAY.get();
        if depth >= GIVEN_WAY_MAX {
            return;
        }
        GIVEN_WAY.set(depth + 1);
        while let Some((cancel, job)) = self.shared.more_urgent(mine) {
            self.shared.run(&cancel, job);
        }
        GIVEN_WAY.set(depth);
    }

    /// Jobs that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        lock(&self.shared.queue).jobs.len()
    }

    /// Jobs that run.
    #[must_use]
    pub fn running(&self) -> usize {
        self.shared.busy.load(Ordering::Relaxed)
    }

    /// Threads.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.shared.threads
    }

    /// Jobs that panicked.
    #[must_use]
    pub fn panics(&self) -> u64 {
        self.shared.panics.load(Ordering::Relaxed)
    }

    /// The share of their time, 0 to 1, that the threads worked in the last seconds.
    #[must_use]
    pub fn load(&self) -> f32 {
        let mut worked = lock(&self.shared.worked);
        let span = worked.since.elapsed();
        let share = |busy: Duration, span: Duration| {
            (busy.as_secs_f32() / (span.as_secs_f32() * self.shared.threads as f32).max(1e-3)).min(1.0)
        };
        if span >= LOAD_WINDOW {
            worked.last_load = share(worked.busy, span);
            (worked.since, worked.busy) = (Instant::now(), Duration::ZERO);
            return worked.last_load;
        }
        // A young stretch says little: the one before fills it up.
        let filled = worked.busy + (LOAD_WINDOW - span).mul_f32(worked.last_load * self.shared.threads as f32);
        share(filled, LOAD_WINDOW)
    }
}

impl Shared {
    fn work(&self) {
        loop {
            let mut queue = lock(&self.queue);
            let (cancel, job) = loop {
                if let Some((_, entry)) = queue.jobs.pop_first() {
                    break entry;
                }
                if queue.closed {
                    return;
                }
                queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
            };
            drop(queue);
            self.busy.fetch_add(1, Ordering::Relaxed);
            let begun = Instant::now();
            self.run(&cancel, job);
            lock(&self.worked).busy += begun.elapsed();
            self.busy.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn run(&self, cancel: &Cancel, job: Job) {
        if !cancel.is_cancelled() && catch_unwind(AssertUnwindSafe(|| job(cancel))).is_err() {
            self.panics.fetch_add(1, Ordering::Relaxed);
            tracing::error!("an engine panicked; its job is lost, the others go on");
        }
    }

    fn more_urgent(&self, mine: Order) -> Option<(Cancel, Job)> {
        let mut queue = lock(&self.queue);
        let first = queue.jobs.first_entry()?;
        let Order { class, deadline } = first.key().0;
        let goes_first =
            class < mine.class || (class == mine.class && deadline.saturating_add(EARLIER_BY) < mine.deadline);
        goes_first.then(|| first.remove())
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        let mut queue = lock(&self.shared.queue);
        queue.closed = true;
        queue.jobs.clear();
        drop(queue);
        self.shared.wake.notify_all();
        let handles = std::mem::take(&mut *lock(&self.handles));
        for handle in handles {
            // The last clone may be dropped by a job of this very pool.
            if handle.thread().id() != std::thread::current().id() {
                let _ = handle.join();
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    const ANY: Order = Order { class: 0, deadline: 0 };

    #[test]
    fn the_most_urgent_job_goes_first() {
        let pool = Pool::new("test", 1, 8).unwrap();
        let (go, wait) = channel::<()>();
        let (done, order) = channel();
        pool.submit(ANY, Cancel::default(), move |_| wait.recv().unwrap());
        while pool.running() == 0 {
            std::thread::yield_now();
        }
        for (class, deadline) in [(2, 0), (1, 9), (1, 3), (0, 7)] {
            let done = done.clone();
            pool.submit(Order { class, deadline }, Cancel::default(), move |_| done.send((class, deadline)).unwrap());
        }
        go.send(()).unwrap();
        let first: Vec<_> = order.iter().take(4).collect();
        assert_eq!(first, [(0, 7), (1, 3), (1, 9), (2, 0)]);
    }

    #[test]
    fn a_long_job_gives_way_to_a_more_urgent_one_and_to_no_other() {
        let pool = Pool::new("test", 1, 8).unwrap();
        let (done, order) = channel();
        let (inner, tell) = (pool.clone(), done.clone());
        let mine = Order { class: 2, deadline: 1_000_000 };
        pool.submit(mine, Cancel::default(), move |_| {
            for (class, deadline) in [(3, 0), (2, 900_000), (2, 100), (0, 5)] {
                let tell = tell.clone();
                let job = move |_: &Cancel| tell.send((class, deadline)).unwrap();
                inner.submit(Order { class, deadline }, Cancel::default(), job);
            }
            inner.give_way(mine);
            tell.send((9, 9)).unwrap();
        });
        let seen: Vec<_> = order.iter().take(5).collect();
        assert_eq!(seen, [(0, 5), (2, 100), (9, 9), (2, 900_000), (3, 0)]);
    }

    #[test]
    fn a_full_queue_refuses_and_cancelled_jobs_make_room() {
        let pool = Pool::new("test", 1, 2).unwrap();
        let (go, wait) = channel::<()>();
        pool.submit(ANY, Cancel::default(), move |_| {
            let _ = wait.recv();
        });
        while pool.running() == 0 {
            std::thread::yield_now();
        }
        let cancel = Cancel::default();
        assert!(pool.submit(ANY, cancel.clone(), |_| panic!("cancelled before it began")));
        assert!(pool.submit(ANY, Cancel::default(), |_| {}));
        assert!(!pool.submit(ANY, Cancel::default(), |_| {}));
        cancel.cancel();
        assert!(pool.submit(ANY, Cancel::default(), |_| {}));
        go.send(()).unwrap();
    }

    #[test]
    fn a_panic_ends_one_job_and_not_the_pool() {
        let pool = Pool::new("test", 1, 8).unwrap();
        let (done, wait) = channel();
        pool.submit(ANY, Cancel::default(), |_| panic!("as told"));
        pool.submit(ANY, Cancel::default(), move |_| done.send(1).unwrap());
        assert_eq!(wait.recv(), Ok(1));
        assert_eq!(pool.panics(), 1);
        assert_eq!(pool.threads(), 1);
    }
}
