//! Parallel and Map states: strands inside a state, and what their end means for it.
//! Never goes on while a strand runs, nor lets one run on after another failed.

use serde_json::Value;

use super::drive::{Driver, Turn};
use super::strand::{At, Item, MapRun, Strand, Visit, Work};
use crate::history::EventDetail;
use crate::json::Json;
use crate::model::{Concurrency, Machine, Map, State};
use crate::names::Failure;
use crate::scope::Problem;

/// Iterations of an inline Map state that run at the same time at most (developer guide, "Map state in Inline mode").
const INLINE_LIMIT: u64 = 40;

impl Driver<'_> {
    pub(super) fn begin_branches(
        &mut self,
        strand: &mut Strand,
        state: &State,
        branches: &[Machine],
        visit: &mut Visit,
    ) -> Result<Turn, Failure> {
        let input = self.work_input(strand, state, visit)?;
        self.record(strand, EventDetail::ParallelStateStarted);
        let strands = branches
            .iter()
            .map(|branch| Strand::new(strand.last, strand.item.clone(), &branch.start_at, input.clone()))
            .collect();
        visit.work = Work::Parallel(strands);
        Ok(Turn::Moved)
    }

    pub(super) fn drive_branches(
        &mut self,
        strand: &mut Strand,
        state: &State,
        branches: &[Machine],
        visit: &mut Visit,
    ) -> Result<Turn, Failure> {
        let Work::Parallel(strands) = &mut visit.work else { return Ok(Turn::Blocked) };
        for (child, branch) in strands.iter_mut().zip(branches) {
            self.drive(child, branch);
            if let At::Failed(failure) = &child.at {
                let failure = failure.clone();
                strand.last = child.last;
                strands.iter().for_each(|sibling| self.abort(sibling, strand.last));
                return Err(failure);
            }
        }
        let Some(results) = strands.iter().map(result).collect::<Option<Vec<Value>>>() else {
            return Ok(Turn::Blocked);
        };
        strand.last = strands.iter().map(|child| child.last).max().unwrap_or(strand.last);
        // recorded: what follows points back to the event before this one
        self.journal.add(strand.last, self.now, EventDetail::ParallelStateSucceeded);
        visit.work = Work::Ready;
        self.finish(strand, state, visit, Value::Array(results))
    }

    pub(super) fn begin_iterations(
        &mut self,
        strand: &mut Strand,
        state: &State,
        map: &Map,
        visit: &mut Visit,
    ) -> Result<Turn, Failure> {
        let input = self.work_input(strand, state, visit)?;
        let item = strand.item.as_ref();
        let items = self.with_scope(visit, item, None, &input, |scope, _| {
            let value = scope.find(&map.items_path).ok_or_else(|| {
                Problem::Runtime(format!("Invalid path '{}' : No results for path", map.items_path.text))
            })?;
            let items = value.as_array().ok_or_else(|| {
                Problem::Runtime(format!("Reference path \"{}\" must point to array.", map.items_path.text))
            })?;
            Ok(items.iter().cloned().map(Json).collect::<Vec<_>>())
        })?;
        let wanted = match &map.max_concurrency {
            Concurrency::Fixed(most) => *most,
            Concurrency::Path(path) => self.integer_at(strand, visit, &input, path, "MaxConcurrencyPath", 0)?,
        };
        let limit = if wanted == 0 { INLINE_LIMIT } else { wanted.min(INLINE_LIMIT) } as usize;
        self.record(strand, EventDetail::MapStateStarted { length: items.len() as u64 });
        let results = vec![None; items.len()];
        let (last, input) = (strand.last, Json(input));
        visit.work = Work::Map(MapRun { input, items, limit, started: 0, last, running: Vec::new(), results });
        Ok(Turn::Moved)
    }

    pub(super) fn drive_iterations(
        &mut self,
        strand: &mut Strand,
        state: &State,
        map: &Map,
        visit: &mut Visit,
    ) -> Result<Turn, Failure> {
        // The run is taken out because the visit itself is read meanwhile.
        let Work::Map(mut run) = std::mem::replace(&mut visit.work, Work::Ready) else { return Ok(Turn::Blocked) };
        let progress = self.iterate(strand, map, visit, &mut run);
        let results = run.results.iter().flatten().map(|result| result.0.clone()).collect::<Vec<_>>();
        let done = results.len() == run.items.len();
        strand.last = if done || progress.is_err() { run.last } else { strand.last };
        visit.work = Work::Map(run);
        progress?;
        if !done {
            return Ok(Turn::Blocked);
        }
        // recorded: what follows points back to the event before this one
        self.journal.add(strand.last, self.now, EventDetail::MapStateSucceeded);
        visit.work = Work::Ready;
        self.finish(strand, state, visit, Value::Array(results))
    }

    /// Starts and drives iterations until all that may run wait.
    fn iterate(&mut self, strand: &Strand, map: &Map, visit: &Visit, run: &mut MapRun) -> Result<(), Failure> {
        loop {
            while run.running.len() < run.limit && run.started < run.items.len() && !self.journal.is_full() {
                let child = self.begin_iteration(strand, map, visit, run)?;
                run.running.push(child);
            }
            let mut over = false;
            for place in 0..run.running.len() {
                self.drive(&mut run.running[place], &map.processor);
                match &run.running[place].at {
                    At::Failed(failure) => {
                        let failure = failure.clone();
                        self.end_iterations(visit, run, place);
                        return Err(failure);
                    }
                    At::Done(_) => over = true,
                    At::Entering { .. } | At::Inside(_) => {}
                }
            }
            if !over {
                return Ok(());
            }
            self.take_results(visit, run);
        }
    }

    fn begin_iteration(
        &mut self,
        strand: &Strand,
        map: &Map,
        visit: &Visit,
        run: &mut MapRun,
    ) -> Result<Strand, Failure> {
        let index = run.started;
        let item = Item { index, value: run.items[index].clone() };
        let input = match &map.item_selector {
            Some(_) => self.payload(visit, Some(&item), None, map.item_selector.as_ref(), run.input.0.clone()),
            None => Ok(item.value.0.clone()),
        };
        let input = input.inspect_err(|_| self.abort_iterations(visit, run, strand.last))?;
        run.started += 1;
        let started = EventDetail::MapIterationStarted { name: visit.state.clone(), index: index as u64 };
        let last = self.journal.add(run.last, self.now, started);
        Ok(Strand::new(last, Some(item), &map.processor.start_at, input))
    }

    fn take_results(&mut self, visit: &Visit, run: &mut MapRun) {
        let (done, running): (Vec<Strand>, Vec<Strand>) =
            std::mem::take(&mut run.running).into_iter().partition(|child| matches!(child.at, At::Done(_)));
        run.running = running;
        for child in done {
            let index = child.item.as_ref().map_or(0, |item| item.index);
            let succeeded = EventDetail::MapIterationSucceeded { name: visit.state.clone(), index: index as u64 };
            let event = self.journal.add(child.last, self.now, succeeded);
            // recorded: the next iteration points back to the last state's event, the Map state's own to this one
            run.last = if run.started < run.items.len() { child.last } else { event };
            if let (At::Done(output), Some(place)) = (child.at, run.results.get_mut(index)) {
                *place = Some(output);
            }
        }
    }

    /// recorded: each points back to the event that is to blame; assumed: they come in the order of the items
    fn end_iterations(&mut self, visit: &Visit, run: &mut MapRun, failed: usize) {
        let cause = run.running[failed].last;
        run.last = cause;
        for (place, child) in run.running.iter().enumerate() {
            let index = child.item.as_ref().map_or(0, |item| item.index as u64);
            match &child.at {
                At::Failed(_) if place == failed => {
                    let detail = EventDetail::MapIterationFailed { name: visit.state.clone(), index };
                    self.journal.add(cause, self.now, detail);
                }
                At::Done(_) => {
                    let detail = EventDetail::MapIterationSucceeded { name: visit.state.clone(), index };
                    self.journal.add(child.last, self.now, detail);
                }
                At::Failed(_) | At::Entering { .. } | At::Inside(_) => self.abort_iteration(&visit.state, child, cause),
            }
        }
        run.running.clear();
    }

    fn abort_iterations(&mut self, visit: &Visit, run: &MapRun, cause: u64) {
        run.running.iter().for_each(|child| self.abort_iteration(&visit.state, child, cause));
    }
}

fn result(strand: &Strand) -> Option<Value> {
    match &strand.at {
        At::Done(output) => Some(output.0.clone()),
        At::Entering { .. } | At::Inside(_) | At::Failed(_) => None,
    }
}
