/** What the sample cameras show: a person's silhouette and an invoice, each with a running clock. Pure drawing. */

const FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';

function timeOf(now: Date): string {
  const tenth = Math.floor(now.getMilliseconds() / 100);
  return `${now.toTimeString().slice(0, 8)}.${tenth}`;
}

/** A calm figure that breathes and looks about, name below, clock above. */
export function drawPerson(pen: CanvasRenderingContext2D, width: number, height: number, now: Date, title: string): void {
  const seconds = now.getTime() / 1000;
  const sway = Math.sin(seconds * 0.9) * width * 0.012;
  const breath = Math.sin(seconds * 1.6) * height * 0.008;
  const middle = width / 2 + sway;
  pen.fillStyle = "#223046";
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = "#2c3d57";
  pen.fillRect(width * 0.08, height * 0.14, width * 0.24, height * 0.46);
  pen.fillRect(width * 0.74, height * 0.1, width * 0.16, height * 0.62);
  pen.fillStyle = "#6d8fc4";
  pen.beginPath();
  pen.ellipse(middle, height * 1.02 + breath, width * 0.23, height * 0.4, 0, 0, Math.PI * 2);
  pen.fill();
  pen.fillStyle = "#e6c9ac";
  pen.beginPath();
  pen.ellipse(middle, height * 0.42 + breath, height * 0.15, height * 0.18, 0, 0, Math.PI * 2);
  pen.fill();
  pen.fillStyle = "#2a2320";
  pen.beginPath();
  pen.ellipse(middle, height * 0.33 + breath, height * 0.16, height * 0.11, 0, Math.PI, Math.PI * 2);
  pen.fill();
  const open = 0.006 + 0.014 * Math.abs(Math.sin(seconds * 6));
  pen.fillStyle = "#9c5548";
  pen.beginPath();
  pen.ellipse(middle, height * 0.5 + breath, height * 0.035, height * open, 0, 0, Math.PI * 2);
  pen.fill();
  label(pen, `${title}  ${timeOf(now)}`, width * 0.03, height * 0.07, height * 0.05);
}

function label(pen: CanvasRenderingContext2D, text: string, x: number, y: number, size: number): void {
  pen.font = `600 ${Math.round(size)}px ${FONT}`;
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  const width = pen.measureText(text).width;
  pen.fillStyle = "rgb(16 21 29 / 78%)";
  pen.fillRect(x - size * 0.4, y - size * 0.8, width + size * 0.8, size * 1.6);
  pen.fillStyle = "#ffffff";
  pen.fillText(text, x, y);
}

/** A sheet on a desk; `words` = [heading, line, line, …, stamp]. Sharp at any size, so a still can be read closely. */
export function drawInvoice(
  pen: CanvasRenderingContext2D,
  width: number,
  height: number,
  now: Date,
  words: readonly string[],
): void {
  const [heading = "", ...rest] = words;
  const stamp = rest[rest.length - 1] ?? "";
  const lines = rest.slice(0, -1);
  pen.fillStyle = "#7a6a58";
  pen.fillRect(0, 0, width, height);
  const sheet = { x: width * 0.16, y: height * 0.06, w: width * 0.68, h: height * 0.88 };
  pen.fillStyle = "#fdfbf4";
  pen.fillRect(sheet.x, sheet.y, sheet.w, sheet.h);
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillStyle = "#8c1f1f";
  pen.font = `700 ${Math.round(height * 0.05)}px ${FONT}`;
  pen.fillText(heading, width / 2, sheet.y + sheet.h * 0.08);
  pen.strokeStyle = "#8c1f1f";
  pen.lineWidth = Math.max(1, height / 500);
  pen.textAlign = "left";
  pen.font = `${Math.round(height * 0.034)}px ${FONT}`;
  const row = (sheet.h * 0.74) / Math.max(1, lines.length);
  lines.forEach((line, index) => {
    const y = sheet.y + sheet.h * 0.16 + row * index;
    pen.strokeRect(sheet.x + sheet.w * 0.05, y, sheet.w * 0.9, row);
    pen.fillStyle = "#1b2430";
    pen.fillText(line, sheet.x + sheet.w * 0.08, y + row / 2);
  });
  seal(pen, sheet.x + sheet.w * 0.8, sheet.y + sheet.h * 0.74, height * 0.1, stamp);
  label(pen, timeOf(now), width * 0.02, height * 0.06, height * 0.04);
}

function seal(pen: CanvasRenderingContext2D, x: number, y: number, radius: number, words: string): void {
  pen.save();
  pen.globalAlpha = 0.75;
  pen.strokeStyle = pen.fillStyle = "#c9342b";
  pen.lineWidth = radius * 0.06;
  pen.beginPath();
  pen.arc(x, y, radius, 0, Math.PI * 2);
  pen.stroke();
  pen.textAlign = "center";
  pen.font = `700 ${Math.round(radius * 0.32)}px ${FONT}`;
  pen.fillText(words, x, y);
  pen.restore();
}
