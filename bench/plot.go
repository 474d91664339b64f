package main

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// The picture has two panels of this size, in pixels, and room around each.
const (
	panelWidth, panelHeight = 360, 300
	left, right, top        = 70, 20, 50
	bottom                  = 95
)

// curve is a line of a panel: its values by the number of users.
type curve struct {
	name, color string
	dashed      bool
	users       []int
	values      []float64
}

// plot draws rates and latencies against the size of the directory.
func plot(results []*result) string {
	var b strings.Builder
	width, height := 2*(left+panelWidth+right), top+panelHeight+bottom
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n",
		width, height, width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`+"\n", width, height)
	panel(&b, 0, "operations a second, 16 connections", curves(results, func(s *series) float64 { return median(s.rates()) }))
	panel(&b, left+panelWidth+right, "median latency in ms, 16 connections",
		curves(results, func(s *series) float64 { return float64(s.latency(p50)) / float64(time.Millisecond) }))
	b.WriteString("</svg>\n")
	return b.String()
}

// curves are the lines of one panel.
func curves(results []*result, value func(*series) float64) []curve {
	lines := []struct {
		what, by, color string
		connections     int
	}{
		{getUser, byServer, "#1f6fb4", 16},
		{list, byServer, "#2a8f4f", 16},
		{suspend, byServer, "#c0392b", 16},
		{suspend, byRaw, "#c0392b", 1},
		{suspend, byNaive, "#8a8a8a", 1},
	}
	var all []curve
	for _, l := range lines {
		c := curve{name: l.what, color: l.color}
		if l.by != byServer {
			c.name, c.dashed = fmt.Sprintf("%s, %s (1 connection)", l.what, l.by), true
		}
		for _, r := range results {
			if s := find(r.series, l.what, l.by, l.connections); s != nil {
				c.users, c.values = append(c.users, r.users), append(c.values, value(s))
			}
		}
		if len(c.users) > 0 {
			all = append(all, c)
		}
	}
	return all
}

// axis maps values to pixels by their logarithm.
type axis struct{ low, high, from, to float64 }

func (a axis) at(v float64) float64 {
	return a.from + (math.Log10(v)-a.low)/(a.high-a.low)*(a.to-a.from)
}

// decades returns the powers of ten of the axis.
func (a axis) decades() []float64 {
	var all []float64
	for e := math.Ceil(a.low); e <= a.high+1e-9; e++ {
		all = append(all, math.Pow(10, e))
	}
	return all
}

// axes span all the curves, the vertical one whole decades.
func axes(offset int, all []curve) (x, y axis) {
	x = axis{low: math.Inf(1), high: math.Inf(-1), from: float64(offset + left), to: float64(offset + left + panelWidth)}
	y = axis{low: math.Inf(1), high: math.Inf(-1), from: top + panelHeight, to: top}
	for _, c := range all {
		for i := range c.users {
			u, v := math.Log10(float64(c.users[i])), math.Log10(c.values[i])
			x.low, x.high = min(x.low, u), max(x.high, u)
			y.low, y.high = min(y.low, math.Floor(v)), max(y.high, math.Ceil(v))
		}
	}
	x.low, x.high = x.low-0.15, x.high+0.15
	return x, y
}

func panel(b *strings.Builder, offset int, title string, all []curve) {
	x, y := axes(offset, all)
	fmt.Fprintf(b, `<text x="%.0f" y="%d" font-size="14" font-weight="bold">%s</text>`+"\n", x.from, top-20, title)
	for _, v := range y.decades() {
		fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#dddddd"/>`+"\n", x.from, y.at(v), x.to, y.at(v))
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="end">%s</text>`+"\n", x.from-8, y.at(v)+4, scaled(v))
	}
	if len(all) > 0 {
		for _, users := range all[0].users {
			at := x.at(float64(users))
			fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#dddddd"/>`+"\n", at, y.from, at, y.to)
			fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`+"\n", at, y.from+18, thousands(float64(users)))
		}
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="middle">users</text>`+"\n", (x.from+x.to)/2, y.from+34)
	for i, c := range all {
		c.draw(b, x, y)
		c.legend(b, x.from+float64(i/3)*190, y.from+52+float64(i%3)*16)
	}
}

func scaled(v float64) string {
	if v < 1 {
		return fmt.Sprint(v)
	}
	return thousands(v)
}

func (c curve) dash() string {
	if c.dashed {
		return ` stroke-dasharray="5 4"`
	}
	return ""
}

func (c curve) draw(b *strings.Builder, x, y axis) {
	points := make([]string, len(c.users))
	for i := range c.users {
		px, py := x.at(float64(c.users[i])), y.at(c.values[i])
		points[i] = fmt.Sprintf("%.1f,%.1f", px, py)
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"><title>%s: %.3g</title></circle>`+"\n", px, py, c.color, c.name, c.values[i])
	}
	fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"%s/>`+"\n", strings.Join(points, " "), c.color, c.dash())
}

func (c curve) legend(b *strings.Builder, x, y float64) {
	fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="2"%s/>`+"\n", x, y-4, x+22, y-4, c.color, c.dash())
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" font-size="11">%s</text>`+"\n", x+28, y, c.name)
}
