// Draws each [data-chart] from the figures beside it, in the colours of the page; a month or day opens its list.
"use strict";
(function () {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const touch = matchMedia("(hover: none)").matches;
  const NEAR = 14; // px around a point of a line that count as the point

  function colours() {
    const style = getComputedStyle(document.documentElement);
    const token = (name) => style.getPropertyValue(name).trim();
    return {
      bar: token("--tblr-primary"), line: token("--stop"), text: token("--muted"), grid: token("--line"),
      paper: token("--paper"), font: getComputedStyle(document.body).fontFamily,
    };
  }

  function series(told, c) {
    const data = told.is_drawn ? told.values.map(Number) : [];
    if (told.kind === "bar") {
      return { type: "bar", data, barMaxWidth: 13, itemStyle: { color: c.bar, borderRadius: [3, 3, 0, 0] } };
    }
    return {
      type: "line", data, symbol: "circle", symbolSize: 7, showSymbol: data.length < 20,
      lineStyle: { color: c.line, width: 2 },
      itemStyle: { color: c.paper, borderColor: c.line, borderWidth: 2 }, emphasis: { disabled: true },
    };
  }

  function option(told) {
    const c = colours();
    const text = { color: c.text, fontFamily: c.font, fontSize: 12 };
    return {
      animation: !calm, animationDuration: 350, textStyle: { fontFamily: c.font },
      grid: { left: 6, right: 10, top: 34, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      xAxis: {
        type: "category", data: told.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: c.grid } },
        axisLabel: text,
      },
      yAxis: {
        type: "value", name: told.unit, nameTextStyle: { ...text, align: "left" }, axisLabel: text, splitNumber: 5,
        splitLine: { lineStyle: { color: c.grid } },
      },
      series: told.series.map((one) => series(one, c)),
    };
  }

  function tipOf(box) {
    const tip = document.createElement("div");
    tip.className = "tip";
    tip.hidden = true;
    box.append(tip);
    return tip;
  }

  function fill(tip, told, at) {
    const head = document.createElement("b");
    head.textContent = told.labels[at];
    const rows = told.series.map((one) => {
      const row = document.createElement("span");
      const name = document.createElement("i");
      name.textContent = one.name;
      row.append(name, one.texts[at]);
      return row;
    });
    tip.replaceChildren(head, ...rows);
  }

  function start(box) {
    const told = JSON.parse(document.getElementById(box.dataset.chart).textContent);
    const chart = window.echarts.init(box, null, { renderer: "canvas" });
    const tip = tipOf(box);
    const pen = chart.getZr();
    let shown = -1;
    const draw = () => chart.setOption(option(told), true);
    const place = (event) => {
      const point = [event.offsetX, event.offsetY];
      if (!chart.containPixel("grid", point)) return -1;
      const at = chart.convertFromPixel({ seriesIndex: 0 }, point)[0];
      return at >= 0 && at < told.labels.length ? at : -1;
    };
    const meant = (event, at) => told.series.findIndex((one) => {
      if (one.kind !== "line" || !one.is_drawn) return false;
      const [x, y] = chart.convertToPixel({ seriesIndex: told.series.indexOf(one) }, [at, Number(one.values[at])]);
      return Math.abs(x - event.offsetX) <= NEAR && Math.abs(y - event.offsetY) <= NEAR;
    });
    const show = (event) => {
      const at = place(event);
      tip.hidden = at < 0;
      if (at >= 0) {
        pen.setCursorStyle("pointer");
        if (at !== shown) fill(tip, told, at);
        const right = event.offsetX + 16 + tip.offsetWidth < box.clientWidth;
        tip.style.left = `${right ? event.offsetX + 16 : Math.max(event.offsetX - tip.offsetWidth - 12, 0)}px`;
        tip.style.top = `${Math.max(event.offsetY - tip.offsetHeight - 6, 0)}px`;
      }
      shown = at;
    };
    pen.on("mousemove", (event) => { if (!touch) show(event); });
    pen.on("globalout", () => { tip.hidden = true; shown = -1; });
    pen.on("click", (event) => {
      const at = place(event);
      if (at < 0) return;
      if (touch && at !== shown) { show(event); return; } // The first tap shows the figure, the second opens the list.
      location.href = told.series[Math.max(meant(event, at), 0)].hrefs[at];
    });
    draw();
    const watched = { attributes: true, attributeFilter: ["data-bs-theme"] };
    new MutationObserver(draw).observe(document.documentElement, watched);
    new ResizeObserver(() => chart.resize()).observe(box);
  }

  document.querySelectorAll("[data-chart]").forEach(start);
})();
