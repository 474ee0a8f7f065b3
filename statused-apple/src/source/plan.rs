//! The requests of a poll, word for word.
//!
//! Every relationship that is read stands in the `fields` of its type, too: the API includes what `include` names but
//! says whose it is only then.

use statused_core::model::FeedbackKind;

use crate::webhooks::sightings::{EXTERNAL, INTERNAL, STORE};

/// The most that a list returns, and the most ids that a filter is given.
pub(super) const PAGE: usize = 200;
/// The most resources that are nested in a list.
const NESTED: usize = 50;

const VERSION_FIELDS: &str =
    "platform,versionString,appVersionState,appStoreState,releaseType,earliestReleaseDate,createdDate";

/// A path and its query.
pub(super) type Query = Vec<(&'static str, String)>;

pub(super) const APPS: &str = "/v1/apps";
pub(super) const BUILDS: &str = "/v1/builds";
pub(super) const BETA_DETAILS: &str = "/v1/buildBetaDetails";
pub(super) const REVIEWS: &str = "/v1/reviewSubmissions";

/// A: apps with their versions and icons; all apps when `ids` is empty.
pub(super) fn apps(ids: &[String], icons: bool) -> Query {
    let (include, fields) = if icons {
        ("appStoreVersions,appStoreIcon", "name,bundleId,appStoreVersions,appStoreIcon")
    } else {
        ("appStoreVersions", "name,bundleId,appStoreVersions")
    };
    let mut query = vec![
        ("include", include.to_owned()),
        ("limit", PAGE.to_string()),
        ("limit[appStoreVersions]", NESTED.to_string()),
        ("fields[apps]", fields.to_owned()),
        ("fields[appStoreVersions]", VERSION_FIELDS.to_owned()),
    ];
    if icons {
        query.push(("fields[buildIcons]", "iconAsset,iconType".to_owned()));
    }
    if !ids.is_empty() {
        query.push(("filter[id]", ids.join(",")));
    }
    query
}

/// All versions of one app, for apps with more than A shows.
pub(super) fn versions_of(app: &str) -> (String, Query) {
    let query = vec![("limit", PAGE.to_string()), ("fields[appStoreVersions]", VERSION_FIELDS.to_owned())];
    (format!("{APPS}/{app}/appStoreVersions"), query)
}

/// B: the newest builds of some apps.
pub(super) fn builds_of(apps: &[String]) -> Query {
    let mut query = builds();
    query.push(("filter[app]", apps.join(",")));
    query.push(("filter[processingState]", "PROCESSING,FAILED,INVALID,VALID".to_owned()));
    query.push(("sort", "-uploadedDate".to_owned()));
    query
}

/// Some builds, whatever their age.
pub(super) fn builds_by_id(ids: &[String]) -> Query {
    let mut query = builds();
    query.push(("filter[id]", ids.join(",")));
    query
}

fn builds() -> Query {
    const FIELDS: &str = "version,uploadedDate,expired,processingState,buildAudienceType,iconAssetToken,\
                          app,preReleaseVersion,buildBetaDetail,betaAppReviewSubmission";
    vec![
        ("include", "app,preReleaseVersion,buildBetaDetail,betaAppReviewSubmission".to_owned()),
        ("limit", PAGE.to_string()),
        ("fields[builds]", FIELDS.to_owned()),
        ("fields[apps]", "bundleId".to_owned()),
        ("fields[preReleaseVersions]", "version,platform".to_owned()),
        ("fields[buildBetaDetails]", "internalBuildState,externalBuildState".to_owned()),
        ("fields[betaAppReviewSubmissions]", "betaReviewState,submittedDate".to_owned()),
    ]
}

/// C: one version with its phased release.
pub(super) fn version(id: &str) -> (String, Query) {
    let query = vec![
        ("include", "appStoreVersionPhasedRelease".to_owned()),
        ("fields[appStoreVersions]", format!("{VERSION_FIELDS},appStoreVersionPhasedRelease")),
        ("fields[appStoreVersionPhasedReleases]", "phasedReleaseState,startDate,currentDayNumber".to_owned()),
    ];
    (format!("/v1/appStoreVersions/{id}"), query)
}

/// D: the review submissions under way of some apps.
pub(super) fn reviews_of(apps: &[String]) -> Query {
    vec![
        ("filter[app]", apps.join(",")),
        ("filter[state]", "WAITING_FOR_REVIEW,IN_REVIEW,UNRESOLVED_ISSUES,COMPLETING,CANCELING".to_owned()),
        ("include", "app,appStoreVersionForReview".to_owned()),
        ("limit", PAGE.to_string()),
        ("fields[reviewSubmissions]", "platform,submittedDate,state,app,appStoreVersionForReview".to_owned()),
        ("fields[apps]", "bundleId".to_owned()),
        ("fields[appStoreVersions]", "versionString".to_owned()),
    ]
}

/// Some beta details, to learn of which builds they are.
pub(super) fn beta_details(ids: &[String]) -> Query {
    vec![
        ("filter[id]", ids.join(",")),
        ("include", "build".to_owned()),
        ("limit", PAGE.to_string()),
        ("fields[buildBetaDetails]", "externalBuildState,build".to_owned()),
        ("fields[builds]", "version".to_owned()),
    ]
}

/// One upload of a build.
pub(super) fn upload(id: &str) -> (String, Query) {
    const FIELDS: &str = "cfBundleShortVersionString,cfBundleVersion,createdDate,state,platform,build";
    let query = vec![
        ("include", "build".to_owned()),
        ("fields[buildUploads]", FIELDS.to_owned()),
        ("fields[builds]", "version".to_owned()),
    ];
    (format!("/v1/buildUploads/{id}"), query)
}

/// What one tester sent. Who it was is not asked; the tester's own words only if somebody wants them.
pub(super) fn feedback(kind: FeedbackKind, id: &str, comment: bool) -> (String, Query) {
    let (resource, fields) = match kind {
        FeedbackKind::Crash => ("betaFeedbackCrashSubmissions", "fields[betaFeedbackCrashSubmissions]"),
        _ => ("betaFeedbackScreenshotSubmissions", "fields[betaFeedbackScreenshotSubmissions]"),
    };
    let comment = if comment { ",comment" } else { "" };
    let query = vec![
        ("include", "build".to_owned()),
        (fields, format!("createdDate,deviceModel,osVersion,locale,build{comment}")),
        ("fields[builds]", "version".to_owned()),
    ];
    (format!("/v1/{resource}/{id}"), query)
}

/// One version of an asset pack.
pub(super) fn asset_version(id: &str) -> (String, Query) {
    let query = vec![
        ("include", "backgroundAsset".to_owned()),
        (
            "fields[backgroundAssetVersions]",
            "createdDate,platforms,state,stateDetails,version,backgroundAsset".to_owned(),
        ),
        ("fields[backgroundAssets]", "assetPackIdentifier".to_owned()),
    ];
    (format!("/v1/backgroundAssetVersions/{id}"), query)
}

/// The kinds of release of an asset pack's version: where it goes, and the resource's type.
pub(super) const ASSET_RELEASES: [(&str, &str); 3] = [
    (STORE, "backgroundAssetVersionAppStoreReleases"),
    (EXTERNAL, "backgroundAssetVersionExternalBetaReleases"),
    (INTERNAL, "backgroundAssetVersionInternalBetaReleases"),
];

/// One release of an asset pack's version.
pub(super) fn asset_release(resource: &str, id: &str) -> (String, Query) {
    (format!("/v1/{resource}/{id}"), vec![("include", "backgroundAssetVersion".to_owned())])
}

/// Anything at all, to learn whether the API answers.
pub(super) fn any_app() -> Query {
    vec![("limit", "1".to_owned()), ("fields[apps]", "bundleId".to_owned())]
}

/// Requests of a poll without news for so many apps, phased releases left aside.
pub(super) fn requests_for(apps: usize) -> usize {
    2 * apps.div_ceil(PAGE)
}
