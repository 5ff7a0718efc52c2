//! Charts as SVG, drawn here: bars of two series, and dots with their median. Each mark has a title, and the numbers are in a table below.
//! Pure.

use std::borrow::Borrow;

use askama::Template;

/// Width and height of a drawing, in its own units; the page stretches it.
const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 100.0;
/// The part of its place that a bar fills.
const FILLED: f64 = 0.72;

/// One bar: its label, and how many of each series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bar {
    pub label: String,
    pub first: i64,
    pub second: i64,
}

/// A chart of bars: the second series is stacked on the first.
#[derive(Template)]
#[template(path = "chart_bars.html")]
pub(crate) struct Bars {
    /// The id of its hatch, unique on the page.
    pub id: &'static str,
    /// What it shows, as a sentence.
    pub sentence: String,
    /// The names of both series.
    pub series: [&'static str; 2],
    pub bars: Vec<Bar>,
}

/// A dot: its label, when (0 at the left, 1 at the right), and how much.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dot {
    pub label: String,
    pub at: f64,
    pub value: f64,
    /// The value in words.
    pub words: String,
}

/// A chart of dots, with a line at their median.
#[derive(Template)]
#[template(path = "chart_dots.html")]
pub(crate) struct Dots {
    pub sentence: String,
    /// What a dot is, and the name of its value.
    pub columns: [&'static str; 2],
    /// The labels of both ends of the axis.
    pub ends: [String; 2],
    /// The greatest value, in words.
    pub most: String,
    pub dots: Vec<Dot>,
}

/// A number of the drawing.
fn unit(value: f64) -> String {
    format!("{value:.1}")
}

/// The number at the top of an axis: 1, 2 or 5 times a power of ten.
fn top(most: i64) -> i64 {
    let mut power = 1;
    loop {
        for times in [1, 2, 5] {
            if power * times >= most {
                return power * times;
            }
        }
        power *= 10;
    }
}

/// A share of a whole, 0 where there is no whole.
#[expect(clippy::cast_precision_loss, reason = "a drawing")]
fn share(part: i64, whole: i64) -> f64 {
    if whole <= 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl Bars {
    fn top(&self) -> i64 {
        top(self.bars.iter().map(|bar| bar.first + bar.second).max().unwrap_or_default())
    }

    #[expect(clippy::cast_precision_loss, reason = "a drawing")]
    fn slot(&self) -> f64 {
        WIDTH / self.bars.len().max(1) as f64
    }

    fn slot_width(&self) -> String {
        unit(self.slot())
    }

    fn width(&self) -> String {
        unit(self.slot() * FILLED)
    }

    #[expect(clippy::cast_precision_loss, reason = "a drawing")]
    fn left(&self, index: impl Borrow<usize>, of_slot: bool) -> String {
        let within = if of_slot { 0.0 } else { (1.0 - FILLED) / 2.0 };
        unit(self.slot() * (*index.borrow() as f64 + within))
    }

    /// Top and height of the first series.
    fn first(&self, bar: &Bar) -> (String, String) {
        let height = share(bar.first, self.top()) * HEIGHT;
        (unit(HEIGHT - height), unit(height))
    }

    /// Top and height of the second series.
    fn second(&self, bar: &Bar) -> (String, String) {
        let (below, height) = (share(bar.first, self.top()) * HEIGHT, share(bar.second, self.top()) * HEIGHT);
        (unit(HEIGHT - below - height), unit(height))
    }
}

impl Dots {
    fn top(&self) -> f64 {
        self.dots.iter().map(|dot| dot.value).fold(0.0, f64::max)
    }

    fn height(&self, value: f64) -> String {
        let top = self.top();
        unit(if top > 0.0 { HEIGHT - value / top * (HEIGHT - 8.0) - 4.0 } else { HEIGHT })
    }

    fn x(&self, dot: &Dot) -> String {
        unit(4.0 + dot.at.clamp(0.0, 1.0) * (WIDTH - 8.0))
    }

    fn y(&self, dot: &Dot) -> String {
        self.height(dot.value)
    }

    fn median(&self) -> Option<String> {
        let mut values: Vec<f64> = self.dots.iter().map(|dot| dot.value).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).map(|median| self.height(*median))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_round_number() {
        for (most, expected) in [(0, 1), (1, 1), (3, 5), (6, 10), (11, 20), (49, 50), (112, 200), (501, 1000)]
        {
            assert_eq!(top(most), expected, "{most}");
        }
    }

    #[test]
    fn the_second_series_stands_on_the_first() {
        let bars = ["Nov 1", "Nov 2"].map(|label| Bar { label: label.to_owned(), first: 15, second: 5 });
        let chart =
            Bars { id: "x", sentence: "<S>".to_owned(), series: ["Done", "Refused"], bars: bars.to_vec() };
        let bar = &chart.bars[0];
        assert_eq!(
            (chart.first(bar), chart.second(bar)),
            (("25.0".to_owned(), "75.0".to_owned()), ("0.0".to_owned(), "25.0".to_owned()))
        );
        let html = chart.render().unwrap();
        assert!(html.contains("<title>Nov 1: 15 done, 5 refused</title>"), "{html}");
        assert!(html.contains("&#60;S&#62;") && !html.contains("style="), "{html}");
        assert_eq!(html.matches("<tr>").count(), 3, "{html}");
    }

    #[test]
    fn the_median_is_among_the_dots() {
        let dot = |at: f64, value: f64| Dot { label: String::new(), at, value, words: String::new() };
        let mut chart = Dots {
            sentence: String::new(),
            columns: ["When", "Time"],
            ends: [String::new(), String::new()],
            most: String::new(),
            dots: vec![dot(0.0, 9.0), dot(0.5, 1.0), dot(1.0, 2.0)],
        };
        assert_eq!(chart.median(), Some(chart.height(2.0)));
        assert_eq!(
            (chart.x(&chart.dots[0]), chart.x(&chart.dots[2])),
            ("4.0".to_owned(), "296.0".to_owned())
        );
        chart.dots.clear();
        assert_eq!(chart.median(), None);
    }
}
