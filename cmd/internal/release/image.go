package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
)

// The user of the image: none that any system gives to a person.
const nobody = 65532

const (
	mediaIndex    = "application/vnd.oci.image.index.v1+json"
	mediaManifest = "application/vnd.oci.image.manifest.v1+json"
	mediaConfig   = "application/vnd.oci.image.config.v1+json"
	mediaLayer    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// descriptor points at a blob (Image Format Specification, Content Descriptors).
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Platform    map[string]string `json:"platform,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// blobs are what an image is made of, by digest.
type blobs map[string][]byte

func (b blobs) put(mediaType string, data []byte) descriptor {
	d := fmt.Sprintf("sha256:%x", sha256.Sum256(data))
	b[d] = data
	return descriptor{MediaType: mediaType, Digest: d, Size: len(data)}
}

func (b blobs) putJSON(mediaType string, v any) (descriptor, error) {
	data, err := json.Marshal(v)
	return b.put(mediaType, data), err
}

// image is an OCI image layout in a tar, with the file besides that Docker asks
// for: one layer with the program, root certificates, the licence texts, a user
// and the folder that `assay serve` keeps its data in.
func (r *release) image(ctx context.Context, t target, _ string) ([]byte, error) {
	file, err := r.build(ctx, t)
	if err != nil {
		return nil, err
	}
	program, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	roots, err := os.ReadFile(r.roots)
	if err != nil {
		return nil, err
	}
	licences, err := r.licences(ctx, t)
	if err != nil {
		return nil, err
	}
	layer, err := r.layer(program, roots, licences)
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	_, err = z.Write(layer)
	if err = errors.Join(err, z.Close()); err != nil {
		return nil, err
	}
	created := r.time.Format("2006-01-02T15:04:05Z")
	labels := map[string]string{
		"org.opencontainers.image.title":    "assay",
		"org.opencontainers.image.version":  r.version,
		"org.opencontainers.image.revision": r.commit,
		"org.opencontainers.image.created":  created,
		"org.opencontainers.image.licenses": "Apache-2.0",
	}
	all := blobs{}
	layerAt := all.put(mediaLayer, packed.Bytes())
	configAt, err := all.putJSON(mediaConfig, map[string]any{
		"created": created, "architecture": t.arch, "os": t.os,
		"config": map[string]any{
			"User":       fmt.Sprintf("%d:%d", nobody, nobody),
			"Entrypoint": []string{"/usr/bin/assay"},
			"Cmd":        []string{"serve", "--data", "/data"},
			"Env":        []string{"PATH=/usr/bin", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"},
			"WorkingDir": "/data",
			"Volumes":    map[string]any{"/data": map[string]any{}},
			"Labels":     labels,
		},
		"rootfs":  map[string]any{"type": "layers", "diff_ids": []string{fmt.Sprintf("sha256:%x", sha256.Sum256(layer))}},
		"history": []map[string]any{{"created": created, "created_by": "make image"}},
	})
	if err != nil {
		return nil, err
	}
	manifestAt, err := all.putJSON(mediaManifest, map[string]any{
		"schemaVersion": 2, "mediaType": mediaManifest, "config": configAt, "layers": []descriptor{layerAt}, "annotations": labels,
	})
	if err != nil {
		return nil, err
	}
	manifestAt.Platform = map[string]string{"architecture": t.arch, "os": t.os}
	manifestAt.Annotations = map[string]string{"org.opencontainers.image.ref.name": r.version}
	index, err := json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": mediaIndex, "manifests": []descriptor{manifestAt}})
	if err != nil {
		return nil, err
	}
	docker, err := json.Marshal([]map[string]any{{
		"Config": blobName(configAt.Digest), "RepoTags": []string{"assay:" + tag(r.version)}, "Layers": []string{blobName(layerAt.Digest)},
	}})
	if err != nil {
		return nil, err
	}
	files := []entry{{"oci-layout", 0o644, []byte(`{"imageLayoutVersion":"1.0.0"}`)}, {"index.json", 0o644, index}, {"manifest.json", 0o644, docker}}
	for _, digest := range slices.Sorted(maps.Keys(all)) {
		files = append(files, entry{blobName(digest), 0o644, all[digest]})
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, dir := range []string{"blobs/", "blobs/sha256/"} {
		if err := put(w, &tar.Header{Name: dir, Typeflag: tar.TypeDir, Mode: 0o755, ModTime: r.time}, nil); err != nil {
			return nil, err
		}
	}
	for _, f := range files {
		if err := put(w, &tar.Header{Name: f.name, Typeflag: tar.TypeReg, Mode: f.mode, Size: int64(len(f.data)), ModTime: r.time}, f.data); err != nil {
			return nil, err
		}
	}
	err = w.Close()
	return b.Bytes(), err
}

// layer is the file system of the image.
func (r *release) layer(program, roots []byte, licences []entry) ([]byte, error) {
	type item struct {
		name  string // a folder ends with a slash
		mode  int64
		owner int
		data  []byte
	}
	items := []item{
		{"data/", 0o700, nobody, nil},
		{"etc/", 0o755, 0, nil},
		{"etc/group", 0o644, 0, fmt.Appendf(nil, "root:x:0:\nassay:x:%d:\n", nobody)},
		{"etc/passwd", 0o644, 0, fmt.Appendf(nil, "root:x:0:0:root:/:/sbin/nologin\nassay:x:%d:%d:assay:/data:/sbin/nologin\n", nobody, nobody)},
		{"etc/ssl/", 0o755, 0, nil},
		{"etc/ssl/certs/", 0o755, 0, nil},
		{"etc/ssl/certs/ca-certificates.crt", 0o644, 0, roots},
		{"tmp/", 0o1777, 0, nil},
		{"usr/", 0o755, 0, nil},
		{"usr/bin/", 0o755, 0, nil},
		{"usr/bin/assay", 0o755, 0, program},
		{"usr/share/", 0o755, 0, nil},
		{"usr/share/doc/", 0o755, 0, nil},
	}
	folders := map[string]bool{"usr/share/doc/": true}
	for _, l := range licences {
		name := "usr/share/doc/" + l.name
		for i, c := range name {
			if c == '/' && i > len("usr/share/doc") && !folders[name[:i+1]] {
				folders[name[:i+1]] = true
				items = append(items, item{name[:i+1], 0o755, 0, nil})
			}
		}
		items = append(items, item{name, l.mode, 0, l.data})
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, i := range items {
		h := tar.Header{Name: i.name, Typeflag: tar.TypeReg, Mode: i.mode, Uid: i.owner, Gid: i.owner, Size: int64(len(i.data)), ModTime: r.time}
		if i.name[len(i.name)-1] == '/' {
			h.Typeflag = tar.TypeDir
		}
		if err := put(w, &h, i.data); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

func blobName(digest string) string { return "blobs/sha256/" + digest[len("sha256:"):] }

// tag is a version as a tag of an image may be: no plus sign.
func tag(version string) string {
	b := []byte(version)
	for i, c := range b {
		if c == '+' {
			b[i] = '-'
		}
	}
	return string(b)
}
