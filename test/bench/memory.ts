/** Watches this process's memory; `stop` gives the peak beyond what it held at first, in megabytes. */
export function watchMemory(): { stop(): number } {
  const before = process.memoryUsage.rss();
  let peak = before;
  const look = () => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const timer = setInterval(look, 20);
  return {
    stop() {
      clearInterval(timer);
      look();
      return (peak - before) / 1e6;
    },
  };
}
