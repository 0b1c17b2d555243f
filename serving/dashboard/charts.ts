/** Two charts of an experiment: equity of the arms, and the challenger's lead over the champion. */
import uPlot from '/assets/uplot/uPlot.esm.js'

export interface EquityPoint {
  readonly arm: string
  readonly time: number
  readonly equity: number
}

const colours = ['#3b6fd4', '#d4793b']
const charts = new Map<string, uPlot>()

export function drawExperiment(points: readonly EquityPoint[]): void {
  const arms = [...new Set(points.map((point) => point.arm))].sort()
  const times = [...new Set(points.map((point) => point.time))].sort((a, b) => a - b)
  if (times.length < 2) return
  const index = new Map(times.map((time, i) => [time, i]))
  const series = arms.map(() => new Array<number | null>(times.length).fill(null))
  for (const { arm, time, equity } of points) series[arms.indexOf(arm)]![index.get(time)!] = equity
  const x = times.map((time) => time / 1000)
  draw('equity', 260, arms, [x, ...series])
  if (arms.length < 2) return
  // Sorted by name: challenger comes before champion.
  const lead = times.map((_, i) => {
    const [a, b] = [series[arms.indexOf('challenger')]?.[i], series[arms.indexOf('champion')]?.[i]]
    return a === null || a === undefined || b === null || b === undefined ? null : a - b
  })
  draw('difference', 120, ['challenger − champion'], [x, lead])
}

function draw(
  id: string,
  height: number,
  labels: readonly string[],
  data: (number | null)[][],
): void {
  const host = document.getElementById(id)!
  const width = host.clientWidth
  const known = charts.get(id)
  if (known?.series.length === data.length) {
    known.setSize({ width, height })
    known.setData(data as uPlot.AlignedData)
    return
  }
  known?.destroy()
  const ink = getComputedStyle(document.body).color
  const axis = { stroke: ink, grid: { stroke: 'rgba(128,128,128,0.2)' } }
  charts.set(
    id,
    new uPlot(
      {
        width,
        height,
        axes: [axis, { ...axis, size: 80 }],
        series: [
          {},
          ...labels.map((label, k) => ({
            label,
            stroke: colours[k % colours.length]!,
            width: 1.5,
          })),
        ],
      },
      data as uPlot.AlignedData,
      host,
    ),
  )
}
