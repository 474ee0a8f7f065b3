//! A monitor that runs beside.

use statused::Monitor;
use tokio::sync::oneshot;
use tokio::task::{JoinError, JoinHandle};

pub(crate) struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    pub(crate) fn start(monitor: Monitor) -> Self {
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move { monitor.run(async { drop(stopped.await) }).await });
        Self { stop, task }
    }

    pub(crate) async fn stop(self) -> Result<(), JoinError> {
        drop(self.stop);
        self.task.await
    }
}
