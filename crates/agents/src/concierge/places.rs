//! Cities whose time can be told, with the rule their clocks follow.
//!
//! A time zone database that is passed in is believed first; the rules here (POSIX notation, from edition 2025b of the public time
//! zone database) serve machines that have none.

use jiff::tz::{TimeZone, TimeZoneDatabase};

/// A place, and how its clocks go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    /// As it is said.
    pub(super) name: &'static str,
    zone: &'static str,
    rule: &'static str,
}

/// Other names, separated by semicolons; name; zone; rule.
const PLACES: &[(&str, &str, &str, &str)] = &[
    (
        "new york;new york city;nyc;manhattan;brooklyn;boston;washington;washington dc;miami;atlanta;philadelphia;detroit;eastern;florida",
        "",
        "America/New_York",
        EASTERN,
    ),
    ("toronto;montreal;ottawa", "", "America/Toronto", EASTERN),
    (
        "chicago;dallas;houston;austin;minneapolis;new orleans;central;texas",
        "",
        "America/Chicago",
        "CST6CDT,M3.2.0,M11.1.0",
    ),
    ("denver;salt lake city;mountain;colorado", "", "America/Denver", "MST7MDT,M3.2.0,M11.1.0"),
    ("phoenix;arizona", "", "America/Phoenix", "MST7"),
    (
        "los angeles;la;san francisco;san diego;seattle;las vegas;portland;pacific;california;silicon valley",
        "",
        "America/Los_Angeles",
        "PST8PDT,M3.2.0,M11.1.0",
    ),
    ("vancouver", "", "America/Vancouver", "PST8PDT,M3.2.0,M11.1.0"),
    ("anchorage;alaska", "", "America/Anchorage", "AKST9AKDT,M3.2.0,M11.1.0"),
    ("honolulu;hawaii", "", "Pacific/Honolulu", "HST10"),
    ("mexico city", "", "America/Mexico_City", "CST6"),
    ("bogota;colombia", "", "America/Bogota", "<-05>5"),
    ("lima;peru", "", "America/Lima", "<-05>5"),
    ("sao paulo;são paulo;rio de janeiro;rio", "", "America/Sao_Paulo", "<-03>3"),
    ("buenos aires;argentina", "", "America/Argentina/Buenos_Aires", "<-03>3"),
    (
        "london;england;uk;britain;great britain;the uk;united kingdom;the united kingdom;edinburgh;manchester;scotland",
        "",
        "Europe/London",
        "GMT0BST,M3.5.0/1,M10.5.0",
    ),
    ("dublin;ireland", "", "Europe/Dublin", "IST-1GMT0,M10.5.0,M3.5.0/1"),
    ("lisbon;portugal", "", "Europe/Lisbon", "WET0WEST,M3.5.0/1,M10.5.0"),
    ("paris;france", "", "Europe/Paris", CENTRAL_EUROPE),
    ("berlin;germany;munich;hamburg;frankfurt;cologne", "", "Europe/Berlin", CENTRAL_EUROPE),
    ("madrid;spain;barcelona", "", "Europe/Madrid", CENTRAL_EUROPE),
    ("rome;italy;milan", "", "Europe/Rome", CENTRAL_EUROPE),
    ("vienna;austria", "", "Europe/Vienna", CENTRAL_EUROPE),
    ("zurich;switzerland;geneva", "", "Europe/Zurich", CENTRAL_EUROPE),
    ("amsterdam;netherlands;the netherlands;holland", "", "Europe/Amsterdam", CENTRAL_EUROPE),
    ("brussels;belgium", "", "Europe/Brussels", CENTRAL_EUROPE),
    ("stockholm;sweden", "", "Europe/Stockholm", CENTRAL_EUROPE),
    ("oslo;norway", "", "Europe/Oslo", CENTRAL_EUROPE),
    ("copenhagen;denmark", "", "Europe/Copenhagen", CENTRAL_EUROPE),
    ("prague", "", "Europe/Prague", CENTRAL_EUROPE),
    ("warsaw;poland", "", "Europe/Warsaw", CENTRAL_EUROPE),
    ("budapest;hungary", "", "Europe/Budapest", CENTRAL_EUROPE),
    ("helsinki;finland", "", "Europe/Helsinki", "EET-2EEST,M3.5.0/3,M10.5.0/4"),
    ("athens;greece", "", "Europe/Athens", "EET-2EEST,M3.5.0/3,M10.5.0/4"),
    ("kyiv;kiev;ukraine", "", "Europe/Kyiv", "EET-2EEST,M3.5.0/3,M10.5.0/4"),
    ("istanbul;turkey", "", "Europe/Istanbul", "<+03>-3"),
    ("moscow", "", "Europe/Moscow", "MSK-3"),
    ("cairo;egypt", "", "Africa/Cairo", "EET-2EEST,M4.5.5/0,M10.5.4/24"),
    ("lagos;nigeria", "", "Africa/Lagos", "WAT-1"),
    ("nairobi;kenya", "", "Africa/Nairobi", "EAT-3"),
    ("johannesburg;cape town;south africa", "", "Africa/Johannesburg", "SAST-2"),
    ("jerusalem;tel aviv;israel", "", "Asia/Jerusalem", "IST-2IDT,M3.4.4/26,M10.5.0"),
    ("dubai;abu dhabi", "", "Asia/Dubai", "<+04>-4"),
    ("riyadh;saudi arabia", "", "Asia/Riyadh", "<+03>-3"),
    ("tehran;iran", "", "Asia/Tehran", "<+0330>-3:30"),
    ("karachi;lahore;pakistan", "", "Asia/Karachi", "PKT-5"),
    ("mumbai;delhi;new delhi;bangalore;kolkata;chennai;india", "", "Asia/Kolkata", "IST-5:30"),
    ("dhaka;bangladesh", "", "Asia/Dhaka", "<+06>-6"),
    ("bangkok;thailand", "", "Asia/Bangkok", "<+07>-7"),
    ("hanoi;ho chi minh city;saigon;vietnam", "", "Asia/Ho_Chi_Minh", "<+07>-7"),
    ("jakarta", "", "Asia/Jakarta", "WIB-7"),
    ("singapore", "", "Asia/Singapore", "<+08>-8"),
    ("kuala lumpur;malaysia", "", "Asia/Kuala_Lumpur", "<+08>-8"),
    ("manila;philippines;the philippines", "", "Asia/Manila", "PST-8"),
    ("hong kong", "", "Asia/Hong_Kong", "HKT-8"),
    ("beijing;shanghai;china;shenzhen", "", "Asia/Shanghai", "CST-8"),
    ("taipei;taiwan", "", "Asia/Taipei", "CST-8"),
    ("seoul;korea;south korea", "", "Asia/Seoul", "KST-9"),
    ("tokyo;japan;osaka;kyoto", "", "Asia/Tokyo", "JST-9"),
    ("perth", "", "Australia/Perth", "AWST-8"),
    ("brisbane", "", "Australia/Brisbane", "AEST-10"),
    ("adelaide", "", "Australia/Adelaide", "ACST-9:30ACDT,M10.1.0,M4.1.0/3"),
    ("sydney;canberra", "", "Australia/Sydney", EASTERN_AUSTRALIA),
    ("melbourne", "", "Australia/Melbourne", EASTERN_AUSTRALIA),
    ("auckland;wellington;new zealand", "", "Pacific/Auckland", "NZST-12NZDT,M9.5.0,M4.1.0/3"),
    ("utc;coordinated universal;universal", "UTC", "Etc/UTC", "UTC0"),
    ("gmt;greenwich mean;greenwich", "Greenwich Mean Time", "Etc/GMT", "GMT0"),
];

const EASTERN: &str = "EST5EDT,M3.2.0,M11.1.0";
const CENTRAL_EUROPE: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
const EASTERN_AUSTRALIA: &str = "AEST-10AEDT,M10.1.0,M4.1.0/3";

/// The place named at the start of `words`, the longest name first, and its length in words.
pub(super) fn place_at(words: &[&str]) -> Option<(Place, usize)> {
    (1..=words.len().min(4)).rev().find_map(|len| {
        let wanted = words[..len].join(" ");
        PLACES.iter().find_map(|(names, said, zone, rule)| {
            let name = names.split(';').find(|name| *name == wanted)?;
            Some((Place { name: if said.is_empty() { name } else { said }, zone, rule }, len))
        })
    })
}

impl Place {
    /// The clock rule of the place: from the database, or from the table.
    pub(super) fn time_zone(self, database: Option<&TimeZoneDatabase>) -> Option<TimeZone> {
        database.and_then(|database| database.get(self.zone).ok()).or_else(|| TimeZone::posix(self.rule).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_can_be_read() {
        for (names, _, zone, rule) in PLACES {
            assert!(TimeZone::posix(rule).is_ok(), "{names}: {rule}");
            assert!(zone.contains('/'), "{zone}");
            assert_eq!(names.to_lowercase(), *names);
        }
    }

    #[test]
    fn the_longest_name_wins() {
        assert_eq!(place_at(&["new", "york", "city"]).unwrap().1, 3);
        assert_eq!(place_at(&["springfield"]), None);
        assert!(place_at(&["tokyo"]).unwrap().0.time_zone(None).is_some());
    }
}
