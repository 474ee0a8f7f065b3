//! JSON:API documents, with sparse fieldsets as Apple does them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::question::Question;

/// A resource before it is written.
pub(super) struct Entity {
    pub(super) kind: &'static str,
    pub(super) id: String,
    pub(super) attributes: Value,
    pub(super) relations: Vec<(&'static str, Relation)>,
}

/// What a resource is linked to.
pub(super) enum Relation {
    One(Option<Entity>),
    /// The first of so many.
    Many(Vec<Entity>, usize),
}

impl Entity {
    pub(super) fn new(kind: &'static str, id: impl Into<String>, attributes: Value) -> Self {
        Self { kind, id: id.into(), attributes, relations: Vec::new() }
    }

    pub(super) fn with(mut self, name: &'static str, relation: Relation) -> Self {
        self.relations.push((name, relation));
        self
    }
}

/// Writes documents for one question.
pub(super) struct Renderer<'a> {
    pub(super) question: &'a Question,
    pub(super) base: &'a str,
    /// Types that are linked to but never included.
    pub(super) missing: &'a BTreeSet<String>,
}

impl Renderer<'_> {
    /// A page of a list. `pairs` are the parameters that the next page's address repeats.
    pub(super) fn page(&self, path: &str, pairs: &[(String, String)], all: Vec<Entity>) -> Value {
        let total = all.len();
        let (from, limit) = (self.question.cursor, self.question.limit);
        let page: Vec<Entity> = all.into_iter().skip(from).take(limit).collect();
        let end = from + page.len();
        let mut document = json!({
            "data": page.iter().map(|entity| self.resource(entity, true)).collect::<Vec<_>>(),
            "links": {"self": self.address(path, pairs, None)},
            "meta": {"paging": {"total": total, "limit": limit}},
        });
        if end < total {
            document["links"]["next"] = json!(self.address(path, pairs, Some(end)));
            document["meta"]["paging"]["nextCursor"] = json!(format!("c{end}"));
        }
        self.include(&mut document, &page);
        document
    }

    /// A single resource.
    pub(super) fn single(&self, path: &str, entity: Entity) -> Value {
        let mut document = json!({
            "data": self.resource(&entity, true),
            "links": {"self": format!("{}{path}", self.base)},
        });
        self.include(&mut document, &[entity]);
        document
    }

    fn include(&self, document: &mut Value, primary: &[Entity]) {
        if self.question.include.is_empty() {
            return;
        }
        let mut seen = BTreeSet::new();
        let mut included = Vec::new();
        let relations = primary.iter().flat_map(|entity| &entity.relations);
        for (_, relation) in relations.filter(|(name, _)| self.includes(name)) {
            let entities = match relation {
                Relation::One(one) => one.iter().collect::<Vec<_>>(),
                Relation::Many(many, _) => many.iter().collect(),
            };
            for entity in entities {
                if !self.missing.contains(entity.kind) && seen.insert((entity.kind, &entity.id)) {
                    included.push(self.resource(entity, false));
                }
            }
        }
        document["included"] = json!(included);
    }

    fn includes(&self, name: &str) -> bool {
        self.question.include.iter().any(|one| one == name)
    }

    fn resource(&self, entity: &Entity, primary: bool) -> Value {
        let own = format!("{}/v1/{}/{}", self.base, entity.kind, entity.id);
        let fields = self.question.fields.get(entity.kind);
        let wanted = |name: &str| fields.is_none_or(|fields| fields.iter().any(|one| one == name));
        let mut attributes = Map::new();
        if let Value::Object(all) = &entity.attributes {
            attributes.extend(all.iter().filter(|(name, _)| wanted(name)).map(|(k, v)| (k.clone(), v.clone())));
        }
        let mut relationships = Map::new();
        // A relationship that `fields` does not name is not there, even when `include` brings its resources.
        for (name, relation) in entity.relations.iter().filter(|(name, _)| wanted(name)) {
            let mut value = json!({"links": {
                "self": format!("{own}/relationships/{name}"),
                "related": format!("{own}/{name}"),
            }});
            if primary && self.includes(name) {
                match relation {
                    Relation::One(one) => value["data"] = one.as_ref().map_or(Value::Null, identifier),
                    Relation::Many(many, total) => {
                        value["data"] = many.iter().map(identifier).collect();
                        value["meta"] = json!({"paging": {"total": total, "limit": self.question.nested}});
                    }
                }
            }
            relationships.insert((*name).to_owned(), value);
        }
        let mut resource = json!({"type": entity.kind, "id": entity.id, "links": {"self": own}});
        if !attributes.is_empty() {
            resource["attributes"] = Value::Object(attributes);
        }
        if !relationships.is_empty() {
            resource["relationships"] = Value::Object(relationships);
        }
        resource
    }

    fn address(&self, path: &str, pairs: &[(String, String)], cursor: Option<usize>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs.iter().filter(|(name, _)| name != "cursor"));
        if let Some(cursor) = cursor {
            query.append_pair("cursor", &format!("c{cursor}"));
        }
        format!("{}{path}?{}", self.base, query.finish())
    }
}

fn identifier(entity: &Entity) -> Value {
    json!({"type": entity.kind, "id": entity.id})
}
