"""What lies in the archive, or in another bucket: folders of pipelines, listings, objects. Nothing is written."""
