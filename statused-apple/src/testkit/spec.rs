//! What each endpoint lets one ask: taken from Apple's OpenAPI document 4.4.1.

use super::Endpoint;

/// The names that `fields[kind]` takes; `None` for types that the fake has not.
pub(super) fn fields(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "apps" => concat!(
            "accessibilityUrl,name,bundleId,sku,primaryLocale,isOrEverWasMadeForKids,",
            "subscriptionStatusUrl,subscriptionStatusUrlVersion,subscriptionStatusUrlForSandbox,",
            "subscriptionStatusUrlVersionForSandbox,contentRightsDeclaration,",
            "streamlinedPurchasingEnabled,accessibilityDeclarations,appEncryptionDeclarations,",
            "appStoreIcon,ciProduct,betaTesters,betaGroups,appStoreVersions,appTags,preReleaseVersions,",
            "betaAppLocalizations,builds,betaLicenseAgreement,betaAppReviewDetail,appInfos,appClips,",
            "appPricePoints,endUserLicenseAgreement,appPriceSchedule,appAvailabilityV2,inAppPurchases,",
            "subscriptionGroups,gameCenterEnabledVersions,perfPowerMetrics,appCustomProductPages,",
            "inAppPurchasesV2,promotedPurchases,appEvents,reviewSubmissions,subscriptionGracePeriod,",
            "customerReviews,customerReviewSummarizations,gameCenterDetail,",
            "appStoreVersionExperimentsV2,alternativeDistributionKey,analyticsReportRequests,",
            "marketplaceSearchDetail,buildUploads,backgroundAssets,betaFeedbackScreenshotSubmissions,",
            "betaFeedbackCrashSubmissions,searchKeywords,webhooks,androidToIosAppMappingDetails",
        ),
        "appStoreVersions" => concat!(
            "platform,versionString,appStoreState,appVersionState,copyright,reviewType,releaseType,",
            "earliestReleaseDate,usesIdfa,downloadable,createdDate,app,appStoreVersionLocalizations,",
            "build,appStoreVersionPhasedRelease,gameCenterAppVersion,routingAppCoverage,",
            "appStoreReviewDetail,appStoreVersionSubmission,appClipDefaultExperience,",
            "appStoreVersionExperiments,appStoreVersionExperimentsV2,customerReviews,",
            "alternativeDistributionPackage",
        ),
        "appStoreVersionPhasedReleases" => "phasedReleaseState,startDate,totalPauseDuration,currentDayNumber",
        "betaAppReviewSubmissions" => "betaReviewState,submittedDate,build",
        "buildBetaDetails" => "autoNotifyEnabled,internalBuildState,externalBuildState,build",
        "buildIcons" => "iconAsset,iconType,masked,name",
        "builds" => concat!(
            "version,uploadedDate,expirationDate,expired,minOsVersion,lsMinimumSystemVersion,",
            "computedMinMacOsVersion,computedMinVisionOsVersion,iconAssetToken,processingState,",
            "buildAudienceType,usesNonExemptEncryption,preReleaseVersion,individualTesters,betaGroups,",
            "betaBuildLocalizations,appEncryptionDeclaration,betaAppReviewSubmission,app,",
            "buildBetaDetail,appStoreVersion,icons,buildBundles,buildUpload,perfPowerMetrics,",
            "diagnosticSignatures",
        ),
        "preReleaseVersions" => "version,platform,builds,app",
        "reviewSubmissions" => concat!(
            "platform,submittedDate,state,app,items,appStoreVersionForReview,submittedByActor,",
            "lastUpdatedByActor",
        ),
        "webhooks" => "enabled,eventTypes,name,url,app,deliveries",
        "webhookDeliveries" => "createdDate,deliveryState,errorMessage,redelivery,sentDate,request,response,event",
        "webhookEvents" => "eventType,payload,ping,createdDate",
        "buildUploads" => concat!(
            "cfBundleShortVersionString,cfBundleVersion,createdDate,state,platform,uploadedDate,",
            "build,assetFile,assetDescriptionFile,assetSpiFile,buildUploadFiles",
        ),
        "betaFeedbackCrashSubmissions" => concat!(
            "createdDate,comment,email,deviceModel,osVersion,locale,timeZone,architecture,",
            "connectionType,pairedAppleWatch,appUptimeInMilliseconds,diskBytesAvailable,",
            "diskBytesTotal,batteryPercentage,screenWidthInPoints,screenHeightInPoints,",
            "appPlatform,devicePlatform,deviceFamily,buildBundleId,crashLog,build,tester",
        ),
        "betaFeedbackScreenshotSubmissions" => concat!(
            "createdDate,comment,email,deviceModel,osVersion,locale,timeZone,architecture,",
            "connectionType,pairedAppleWatch,appUptimeInMilliseconds,diskBytesAvailable,",
            "diskBytesTotal,batteryPercentage,screenWidthInPoints,screenHeightInPoints,",
            "appPlatform,devicePlatform,deviceFamily,buildBundleId,screenshots,build,tester",
        ),
        "backgroundAssetVersions" => concat!(
            "createdDate,platforms,state,stateDetails,version,locale,backgroundAsset,",
            "internalBetaRelease,externalBetaRelease,appStoreRelease,assetFile,manifestFile,",
            "backgroundAssetUploadFiles",
        ),
        "backgroundAssets" => concat!(
            "archived,assetPackIdentifier,createdDate,usedBytes,app,versions,appStoreVersion,",
            "internalBetaVersion,externalBetaVersion",
        ),
        "backgroundAssetVersionInternalBetaReleases" => "state,backgroundAssetVersion",
        "backgroundAssetVersionExternalBetaReleases" => "state,backgroundAssetVersion",
        "backgroundAssetVersionAppStoreReleases" => "state,backgroundAssetVersion",
        _ => return None,
    })
}

/// The names that `include` takes.
pub(super) fn includes(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Apps => concat!(
            "appEncryptionDeclarations,appStoreIcon,ciProduct,betaGroups,appStoreVersions,",
            "preReleaseVersions,betaAppLocalizations,builds,betaLicenseAgreement,betaAppReviewDetail,",
            "appInfos,appClips,endUserLicenseAgreement,inAppPurchases,subscriptionGroups,",
            "gameCenterEnabledVersions,appCustomProductPages,inAppPurchasesV2,promotedPurchases,",
            "appEvents,reviewSubmissions,subscriptionGracePeriod,gameCenterDetail,",
            "appStoreVersionExperimentsV2,androidToIosAppMappingDetails",
        ),
        Endpoint::AppVersions => concat!(
            "app,appStoreVersionLocalizations,build,appStoreVersionPhasedRelease,gameCenterAppVersion,",
            "routingAppCoverage,appStoreReviewDetail,appStoreVersionSubmission,",
            "appClipDefaultExperience,appStoreVersionExperiments,appStoreVersionExperimentsV2,",
            "alternativeDistributionPackage",
        ),
        Endpoint::Builds => concat!(
            "preReleaseVersion,individualTesters,betaGroups,betaBuildLocalizations,",
            "appEncryptionDeclaration,betaAppReviewSubmission,app,buildBetaDetail,appStoreVersion,",
            "icons,buildBundles,buildUpload",
        ),
        Endpoint::Version => concat!(
            "app,appStoreVersionLocalizations,build,appStoreVersionPhasedRelease,gameCenterAppVersion,",
            "routingAppCoverage,appStoreReviewDetail,appStoreVersionSubmission,",
            "appClipDefaultExperience,appStoreVersionExperiments,appStoreVersionExperimentsV2,",
            "alternativeDistributionPackage",
        ),
        Endpoint::Reviews => "app,items,appStoreVersionForReview,submittedByActor,lastUpdatedByActor",
        Endpoint::AppWebhooks | Endpoint::Webhook => "app",
        Endpoint::Deliveries => "event",
        Endpoint::BetaDetails | Endpoint::BetaDetail => "build",
        Endpoint::BuildUpload => "build,assetFile,assetDescriptionFile,assetSpiFile",
        Endpoint::CrashFeedback | Endpoint::ScreenshotFeedback => "build,tester",
        Endpoint::AssetVersion => concat!(
            "backgroundAsset,internalBetaRelease,externalBetaRelease,appStoreRelease,assetFile,",
            "manifestFile",
        ),
        Endpoint::AssetInternalRelease | Endpoint::AssetExternalRelease | Endpoint::AssetStoreRelease => {
            "backgroundAssetVersion"
        }
        Endpoint::Webhooks | Endpoint::WebhookPings | Endpoint::Redeliveries | Endpoint::Other => "",
    }
}

/// The other parameters: filters with their values (none: any), and the limits of nested lists.
pub(super) fn filters(endpoint: Endpoint) -> &'static [(&'static str, &'static [&'static str])] {
    match endpoint {
        Endpoint::Apps => &[("id", &[]), ("bundleId", &[])],
        Endpoint::AppVersions => &[("id", &[]), ("platform", PLATFORMS), ("appVersionState", VERSION_STATES)],
        Endpoint::Builds => {
            &[("id", &[]), ("app", &[]), ("processingState", &["PROCESSING", "FAILED", "INVALID", "VALID"])]
        }
        Endpoint::Reviews => &[("app", &[]), ("platform", PLATFORMS), ("state", REVIEW_STATES)],
        Endpoint::BetaDetails => &[("id", &[]), ("build", &[])],
        _ => &[],
    }
}

const PLATFORMS: &[&str] = &["IOS", "MAC_OS", "TV_OS", "VISION_OS"];
const VERSION_STATES: &[&str] = &[
    "ACCEPTED",
    "DEVELOPER_REJECTED",
    "IN_REVIEW",
    "INVALID_BINARY",
    "METADATA_REJECTED",
    "PENDING_APPLE_RELEASE",
    "PENDING_DEVELOPER_RELEASE",
    "PREPARE_FOR_SUBMISSION",
    "PROCESSING_FOR_DISTRIBUTION",
    "READY_FOR_DISTRIBUTION",
    "READY_FOR_REVIEW",
    "REJECTED",
    "REPLACED_WITH_NEW_VERSION",
    "WAITING_FOR_EXPORT_COMPLIANCE",
    "WAITING_FOR_REVIEW",
];
const REVIEW_STATES: &[&str] = &[
    "READY_FOR_REVIEW",
    "WAITING_FOR_REVIEW",
    "IN_REVIEW",
    "UNRESOLVED_ISSUES",
    "CANCELING",
    "COMPLETING",
    "COMPLETE",
];
